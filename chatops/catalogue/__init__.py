"""What may be asked for. An operation is one YAML entry and one playbook; commands and pages are derived from it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin, get_type_hints

import yaml

from chatops.errors import CatalogueError, InputError

OPERATIONS = Path(__file__).with_name("operations")

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Only our own names: an input called `ansible_user` would change where and as whom a playbook runs.
VARIABLE = re.compile(r"(spse|backup|patch)_[a-z0-9_]+")
GROUP = re.compile(r"[a-z][a-z0-9_]*")
# Inputs are kept and shown; a secret reaches a playbook from the vault and by no other way.
SECRET = re.compile(r"(^|[_-])(pass|password|passwd|sandi|secret|token|key|vault)([_-]|$)")
# What every command has already.
TAKEN = {"at", "check", "emergency", "help", "inventory", "json", "key", "lang", "lpse", "plan-only", "semua"}
CLASSES = ("none", "minor", "major")
ROLES = ("operator", "approver", "auditor", "admin")
WAVE = re.compile(r"[1-9][0-9]*%?")
# What names something on a host is no path to something else, and no option of the command that it is given to.
KINDS = {"text": re.compile(r".*", re.DOTALL), "name": re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*")}


@dataclass(frozen=True)
class Input:
    """One thing that an operation asks for."""

    name: str
    """As the option is called: `build` is `--build`."""
    variable: str
    """The variable of the playbook that it becomes."""
    title: str
    """What it is, in Indonesian."""
    required: bool
    choices: tuple[str, ...] = ()
    """The only values that it may have; any, if there are none."""
    default: str = ""
    """Handed on when nothing was given; nothing is, if it is empty."""
    help: str = ""
    """More about it than its title says."""
    kind: str = "text"
    """`name`: letters, digits and a few signs; `text`: whatever can be read."""
    local: bool = False
    """Only for who sits at the keyboard: a folder of that machine, say."""


@dataclass(frozen=True)
class Operation:
    """One entry of the catalogue."""

    name: str
    title: str
    """What it does, in Indonesian, as the operator reads it."""
    service: str
    """The entry of the SLA's service catalogue that it serves, such as `S0-5`."""
    playbook: str
    """File below `playbooks/`."""
    changes_hosts: bool
    inputs: tuple[Input, ...]
    groups: tuple[str, ...] = ()
    """Groups of the inventory that it needs beside the hosts of the LPSE, such as the hosts that keep backups."""
    infrastructure: str = "major"
    """`minor`: settings, handled inside the LPSE; `major`: LKPP has to say yes; `none`: it only looks."""
    ask: tuple[str, ...] = ("operator",)
    """The roles that may ask for it."""
    approvals: int = 1
    """How many people other than the one who asks have to say yes."""
    approval_hours: int = 24
    """How long a yes is one."""
    emergency: bool = False
    """Whether it may go on without anybody's yes when it cannot wait; that is reviewed afterwards."""
    verify: str = "status"
    """The operation that proves afterwards that all is well; nothing is, if it is empty."""
    rollback: str = ""
    """The operation that undoes it; none can, if it is empty."""
    undoes_itself: bool = False
    """Its playbook goes back by itself when it fails: then nobody else does."""
    undo: str = ""
    """What going back can undo and what not, in Indonesian; shown in the plan."""
    downtime: str = ""
    """How long visitors will notice it, in Indonesian; shown in the plan."""
    blackout: bool = False
    """Not to be begun in a blackout."""
    notice: int = 0
    """How many working days before it begins the public has to be told."""
    waves: tuple[str, ...] = ()
    """How many hosts at a time, one wave after the other; as the playbook has it, if there are none."""

    @property
    def quorum(self) -> int:
        """How many people have to say yes; nobody, to a look."""
        return self.approvals if self.changes_hosts else 0

    def variables(self, given: Mapping[str, str]) -> dict[str, str]:
        """What the playbook is told, from what was given by the names of the inputs; refuses what it can't use."""
        if unknown := given.keys() - {each.name for each in self.inputs}:
            raise InputError(name=min(unknown), detail=f"tidak dikenal oleh operasi `{self.name}`")
        told = {each.variable: _value(each, given.get(each.name, "")) for each in self.inputs}
        return {variable: value for variable, value in told.items() if value}

    def shared(self, other: "Operation", given: Mapping[str, str]) -> dict[str, str]:
        """What was given to this operation and another one asks for, too: the instance, say, that it is to undo."""
        names = {each.name for each in self.inputs} & {each.name for each in other.inputs}
        return {name: value for name, value in given.items() if name in names}


def _value(asked: Input, given: str) -> str:
    value = given.strip() or asked.default
    if not value and asked.required:
        raise InputError(name=asked.name, detail="belum diisi")
    if value and asked.choices and value not in asked.choices:
        raise InputError(name=asked.name, detail=f"berisi `{value}`; pilih salah satu: {', '.join(asked.choices)}")
    if value and not KINDS[asked.kind].fullmatch(value):
        detail = f"berisi `{value}`; tulis nama yang diawali huruf atau angka, tanpa spasi dan garis miring"
        raise InputError(name=asked.name, detail=detail)
    if not value.isprintable():
        raise InputError(name=asked.name, detail="memuat karakter yang tidak terlihat")
    return value


def load(folder: Path = OPERATIONS) -> dict[str, Operation]:
    """Read all entries, by name. One bad entry refuses the whole catalogue: half of it would be a surprise."""
    entries = {entry.name: entry for entry in map(_read, sorted(folder.glob("*.yml")))}
    for entry in entries.values():
        for key in ("verify", "rollback"):
            other = getattr(entry, key)
            # A catalogue of one entry, made for a test or a page, has no other to verify by.
            if other and other not in entries and (key == "rollback" or other != "status"):
                raise CatalogueError(file=f"{entry.name}.yml", detail=f"`{key}` berisi `{other}`, bukan nama operasi")
    return entries


def _read(path: Path) -> Operation:
    try:
        raw = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise CatalogueError(file=path.name, detail=f"bukan YAML yang sah ({error})") from error
    try:
        _check_keys(raw, Operation)
        inputs = tuple(_input(number, each) for number, each in enumerate(raw["inputs"], start=1))
        _refuse(raw["name"] != path.stem, f"`name` berisi `{raw['name']}`, seharusnya sama dengan nama berkas")
        groups = tuple(raw.get("groups", []))
        for group in groups:
            _refuse(not GROUP.fullmatch(str(group)), f"`groups` berisi `{group}`, bukan nama grup inventaris")
        _check_rules(raw)
        for key in ("name", "variable"):
            values = [getattr(each, key) for each in inputs]
            _refuse(len(values) != len(set(values)), f"`{key}` dua masukan dalam `inputs` sama")
    except ValueError as error:
        raise CatalogueError(file=path.name, detail=str(error)) from error
    lists = {key: tuple(raw[key]) for key in ("ask", "waves") if key in raw}
    return Operation(**raw | lists | {"inputs": inputs, "groups": groups})


def _check_rules(raw: Mapping[str, Any]) -> None:
    """What decides who may, who has to say yes and when."""
    kind = raw.get("infrastructure", "major")
    _refuse(kind not in CLASSES, f"`infrastructure` berisi `{kind}`; pilih salah satu: {', '.join(CLASSES)}")
    _refuse(kind == "none" and raw["changes_hosts"], "yang mengubah server tidak berkelas `none`")
    for role in raw.get("ask", []):
        _refuse(role not in ROLES, f"`ask` berisi `{role}`; pilih dari: {', '.join(ROLES)}")
    for key, least in (("approvals", 0), ("approval_hours", 1), ("notice", 0)):
        _refuse(raw.get(key, least) < least, f"`{key}` paling sedikit {least}")
    _refuse(
        raw["changes_hosts"] and kind == "major" and raw.get("approvals", 1) < 1, "kelas `major` memerlukan persetujuan"
    )
    for wave in raw.get("waves", []):
        _refuse(not WAVE.fullmatch(str(wave)), f"`waves` berisi `{wave}`, bukan jumlah seperti 5 atau 100%")


def _input(number: int, raw: Any) -> Input:  # noqa: ANN401 - whatever stands in the file
    try:
        _check_keys(raw, Input)
        choices = raw.get("choices", [])
        _refuse(not all(isinstance(choice, str) and choice for choice in choices), "isi `choices` harus berupa teks")
        _refuse("choices" in raw and len(set(choices)) <= 1, "`choices` memerlukan dua pilihan yang berbeda")
        asked = Input(**raw | {"choices": tuple(choices)})
        _refuse(not NAME.fullmatch(asked.name), f"`name` `{asked.name}` harus huruf kecil, angka, dan tanda hubung")
        _refuse(asked.name in TAKEN, f"`name` `{asked.name}` sudah dipakai oleh setiap perintah")
        _refuse(
            not VARIABLE.fullmatch(asked.variable),
            f"`variable` `{asked.variable}` harus diawali spse_, backup_, atau patch_, huruf kecil",
        )
        _refuse(
            bool(SECRET.search(asked.name) or SECRET.search(asked.variable)),
            "rahasia tidak boleh menjadi masukan; simpan di vault",
        )
        _refuse(asked.kind not in KINDS, f"`kind` berisi `{asked.kind}`; pilih salah satu: {', '.join(KINDS)}")
        _refuse(asked.required and "default" in raw, "yang wajib diisi tidak mempunyai `default`")
        _refuse(
            bool(choices and asked.default and asked.default not in choices), "`default` bukan salah satu `choices`"
        )
    except ValueError as error:
        raise ValueError(f"masukan ke-{number} dalam `inputs`: {error}") from error
    return asked


def _check_keys(raw: Any, kind: type) -> None:  # noqa: ANN401 - whatever stands in the file
    """Every key that the class has no default for, no other than it has, each of its type."""
    if not isinstance(raw, dict):
        raise ValueError("isinya harus berupa pasangan kunci dan nilai")  # noqa: TRY004 - it is the file's mistake
    kinds = {key: get_origin(hint) or hint for key, hint in get_type_hints(kind).items()}
    # What is a tuple here is a list in YAML.
    kinds = {key: list if hint is tuple else hint for key, hint in kinds.items()}
    unknown = ", ".join(sorted(str(key) for key in raw if key not in kinds))
    _refuse(bool(unknown), f"kunci tidak dikenal: {unknown}")
    missing = ", ".join(sorted(key for key in kinds if key not in raw and not hasattr(kind, key)))
    _refuse(bool(missing), f"kunci belum diisi: {missing}")
    for key, value in raw.items():
        _refuse(not isinstance(value, kinds[key]), f"nilai `{key}` harus bertipe {kinds[key].__name__}")


def _refuse(wrong: bool, detail: str) -> None:  # noqa: FBT001 - reads as a sentence: refuse this, because of that
    if wrong:
        raise ValueError(detail)
