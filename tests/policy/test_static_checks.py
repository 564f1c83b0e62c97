"""Every static check of .pre-commit-config.yaml, one test each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
HOOKS = [
    hook["id"]
    for repository in yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"]
    for hook in repository["hooks"]
]


@pytest.mark.parametrize("hook", HOOKS)
def test_static_check(hook: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["pre-commit", "run", hook, "--all-files", "--color=never"],
        capture_output=True,
        check=False,
        cwd=REPOSITORY,
        # Ansible-lint says nothing about files that git ignores; it must not take a test run's cache for the project's.
        env=os.environ | {"PATH": path},
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no files to check" not in done.stdout, "a check that looks at nothing cannot fail"
