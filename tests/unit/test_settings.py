"""Settings come from the environment; what is missing is said with what to do."""

from pathlib import Path

import pytest

from chatops.errors import SettingsError
from chatops.settings import Settings


def test_the_command_line_wins_over_the_environment(tmp_path: Path) -> None:
    for name in ("one.yml", "other.yml"):
        (tmp_path / name).touch()
    environment = {"SPSE_OPS_INVENTORY": str(tmp_path / "one.yml")}
    assert Settings.from_environment(environment).inventory == tmp_path / "one.yml"
    chosen = Settings.from_environment(environment, inventory=str(tmp_path / "other.yml"))
    assert chosen.inventory == tmp_path / "other.yml"


def test_without_any_the_lab_is_meant(tmp_path: Path) -> None:
    (tmp_path / "playbooks").mkdir()
    with pytest.raises(SettingsError, match=r"inventory/lab/hosts.yml` tidak ditemukan.*make hosts"):
        Settings.from_environment({"SPSE_OPS_HOME": str(tmp_path)})


def test_a_wrong_home_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SPSE_OPS_HOME"):
        Settings.from_environment({"SPSE_OPS_HOME": str(tmp_path)})
