"""The commands of a page, as they stand there, by somebody who follows it."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from tests.hosts.paths import REPOSITORY

if TYPE_CHECKING:
    from tests.hosts.host import Host
    from tests.operator import Finished, Operator

# What is another here: names, and that our inventory has no vault.
WORDS = {
    "spse.mamuju.example": "mamuju",
    "spse-mamuju-example": "mamuju",
    " --ask-vault-pass": "",
}


def blocks(page: str, kind: str, heading: str = "") -> list[str]:
    """The blocks of this kind below a heading of a page, or all of them."""
    text = (REPOSITORY / "docs/operations" / f"{page}.md").read_text()
    if heading:
        text = text.partition(f"## {heading}")[2].partition("\n## ")[0]
    found: list[str] = re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page}.md has no block of {kind} below `{heading}`"
    return found


def follow(operator: Operator, block: str) -> Finished:
    """Run a block of the operator's commands; every one of them has to succeed."""
    script = _here(block).replace("inventory/produksi/hosts.yml", str(operator.inventory))
    environment = operator.surroundings | {"SPSE_OPS_INVENTORY": str(operator.inventory)}
    done = subprocess.run(
        ["bash", "-euxc", script], capture_output=True, check=False, cwd=REPOSITORY, env=environment, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def type_in(host: Host, block: str, secret: str = "") -> str:
    """Type a block into the host's console; every command has to succeed, and what stands for a secret is filled in."""
    lines = [line.removeprefix("# ") for line in _here(block).splitlines()]
    return host.run("set -eu\n" + "\n".join(lines).replace("…", secret), timeout=600).stdout


def _here(text: str) -> str:
    for word, other in WORDS.items():
        text = text.replace(word, other)
    return text
