"""Kernel: what it knows now, and what the next boot would tell it."""

from fnmatch import fnmatchcase

from chatops.controls import Control
from tests.compliance.proof import Subject, proves

SYSCTL = "/lib/systemd/systemd-sysctl"
NEXT_BOOT = "saat boot"
MUST_EXIST = ("kernel.yama.ptrace_scope",)
"""What opens something by not being there. Of all else there is nothing to close where the kernel does not have it."""

REFUSING = {"/bin/false", "/bin/true", "/usr/bin/false", "/usr/bin/true"}
MODPROBE = (
    "if command -v modprobe >/dev/null; then modprobe --showconfig; else "
    "find /etc/modprobe.d /run/modprobe.d /lib/modprobe.d -name '*.conf' -exec cat {} + 2>/dev/null; true; fi"
)


@proves("KRN-01", "KRN-02", "KRN-03", "KRN-04", "KRN-05", "KRN-06", "KRN-07", "KRN-08", "KRN-09")
def test_kernel_is_set(subject: Subject, control: Control) -> None:
    shared = is_shared(subject)
    now = assignments(subject.ask("sysctl", "--all", "--pattern", "^(dev|fs|kernel|net)[.]"))
    files = assignments(subject.ask(SYSCTL, "--cat-config"))
    found: dict[str, str | None] = {}
    wanted: dict[str, str] = {}
    for name, value in control.settings.items():
        # What is not the host's own says nothing of the host.
        own = [key for key in now if fnmatchcase(key, name)] if not shared or name.startswith("net.") else []
        later = told(name, files)
        if shared and not own:
            # Nothing else is there to go by.
            later = later or {name: None}
        elif not own and name in MUST_EXIST:
            found[name], wanted[name] = None, value
        elif not own:
            subject.note(f"{name}: tidak ada pada kernel ini")
        found |= {key: now[key] for key in own} | {f"{key} ({NEXT_BOOT})": text for key, text in later.items()}
        wanted |= dict.fromkeys(own, value) | dict.fromkeys((f"{key} ({NEXT_BOOT})" for key in later), value)
    if shared:
        subject.note("kernel bersama: selain jaringan, dinilai dari berkas yang dibaca saat boot")
    subject.expect(found, wanted)


@proves("KRN-10")
def test_no_core_files(subject: Subject) -> None:
    services, sessions, kept = subject.ask(
        "sh",
        "-c",
        "systemctl show --property=DefaultLimitCORE --value; ulimit -H -c; "
        "systemd-analyze cat-config systemd/coredump.conf 2>/dev/null | grep '^Storage=' | tail -n 1 | grep . || echo",
    ).split("\n")[:3]
    found = {"DefaultLimitCORE": services, "batas sesi masuk": sessions}
    wanted = dict.fromkeys(found, "0")
    if subject.tries("test", "-e", "/lib/systemd/systemd-coredump"):
        found["coredump"], wanted["coredump"] = kept, "Storage=none"
    subject.expect(found, wanted)


@proves("KRN-11", "KRN-12", "KRN-13")
def test_modules_are_refused(subject: Subject, control: Control) -> None:
    instead: dict[str, list[str]] = {}
    for line in subject.ask("sh", "-c", MODPROBE).splitlines():
        words = line.split(None, 2)
        if len(words) == 3 and words[0] == "install":
            instead.setdefault(plain(words[1]), []).append(words[2])
    open_ones = [name for name in control.settings if not set(instead.get(plain(name), ["-"])) <= REFUSING]
    subject.note(*(f"{name}: {'dapat dimuat' if name in open_ones else 'ditolak'}" for name in control.settings))
    subject.expect_none("modul yang dapat dimuat", open_ones)
    if not is_shared(subject):
        # A kernel without modules has no such file.
        lines = subject.ask("cat", "/proc/modules", fine=(0, 1)).splitlines()
        loaded = {plain(line.split()[0]) for line in lines}
        subject.expect_none("modul yang termuat", [name for name in control.settings if plain(name) in loaded])


def is_shared(subject: Subject) -> bool:
    """Whether the kernel is another machine's."""
    return subject.ask("systemd-detect-virt", "--container", fine=(0, 1)).strip() != "none"


def assignments(text: str) -> dict[str, str]:
    """Names and values; of several the last one counts, as it does for what reads them."""
    found = {}
    for raw in text.splitlines():
        line = raw.strip()
        if line and line[0] not in "#;" and "=" in line:
            name, _, value = line.removeprefix("-").partition("=")
            found[dotted(name.strip())] = value.strip()
    return found


def dotted(name: str) -> str:
    """A file may write the name as a path; a dot is then part of an interface's name."""
    separators = [each for each in name if each in "./"]
    return name.translate({ord("/"): ".", ord("."): "/"}) if separators[:1] == ["/"] else name


def told(name: str, files: dict[str, str]) -> dict[str, str | None]:
    """What files say of a name, or of those it stands for; what they say of the very name comes before patterns."""
    if name in files and "*" not in name:
        return {name: files[name]}
    return {key: value for key, value in files.items() if fnmatchcase(key, name) or fnmatchcase(name, key)}


def plain(module: str) -> str:
    """To the kernel both are the same."""
    return module.replace("-", "_")
