"""The audit trail: what the kernel is told to record at a boot, what it records now, and how long that is kept."""

import re
import shlex
from dataclasses import dataclass

from chatops.controls import Control
from tests.compliance.instances import instances
from tests.compliance.proof import Subject, does_not_apply, proves

# In the order in which augenrules reads them; a host without that reads what it has made once.
WRITTEN = r"""
if ls /etc/audit/rules.d/*.rules >/dev/null 2>&1; then
    cd /etc/audit/rules.d
    cat $(ls -1v -- *.rules)
elif [ -e /etc/audit/audit.rules ]; then
    cat /etc/audit/audit.rules
fi
"""
ARCHITECTURES = ("b64", "b32")
PERSONS = {"auid>=1000", "auid!=unset"}
KINDS = (["-w"], ["-a"])
# Each of the three may be empty.
FIELD = re.compile(r"^(\w*)([^\w/-]*)(.*)$")
UNSET = {"-1", "4294967295"}

PRIVILEGED = (
    "nice -n19 find / -xdev -ignore_readdir_race -regextype posix-extended '(' -regex '/(home|proc|run|sys|tmp)' -o "
    "-regex '/var/(tmp|backups/spse|lib/(containers|docker|pgbackrest|postgresql))' ')' -prune -o "
    "-type f -perm /6000 -perm /0111 -print"
)
DOCUMENTS = r"""
for file in "$@"; do
    sed -n 's/^[ \t]*\(%prod\.\)\?attachments\.path[ \t]*[=:][ \t]*//p' "$file" | tail -n 1
done
"""
OPEN = (
    "find /etc/audit /var/log/audit "
    "'(' '!' -user root -o '!' '(' -group root -o -group adm ')' -o -perm /0027 -o "
    "-path '/etc/audit/rules.d/*' -type f -perm /0077 ')' -printf '%p %u:%g %m\\n'"
)


@dataclass(frozen=True)
class Rule:
    """One line that says what is recorded."""

    path: str
    """The file or folder; empty for system calls."""
    permissions: frozenset[str]
    architecture: str
    calls: frozenset[str]
    """The system calls; none for all of them."""
    fields: frozenset[str]
    """What else has to be so."""


def rules(text: str) -> list[Rule]:
    """What records something, of what auditctl reads or says."""
    return [_rule(words) for line in text.splitlines() if (words := shlex.split(line, comments=True))[:1] in KINDS]


def _rule(words: list[str]) -> Rule:
    path = architecture = ""
    permissions: set[str] = set()
    calls: set[str] = set()
    fields: set[str] = set()
    for option, value in zip(words[::2], words[1::2], strict=False):
        name, operator, what = FIELD.findall(value)[0]
        if option == "-w" or (option == "-F" and name in {"path", "dir"}):
            path = (value if option == "-w" else what).rstrip("/")
        elif option == "-p" or (option == "-F" and name == "perm"):
            permissions = set(value if option == "-p" else what)
        elif option == "-S":
            calls |= set(value.split(",")) - {"all"}
        elif option == "-F" and name == "arch":
            architecture = what
        elif option == "-C":
            fields.add(operator.join(sorted((name, what))))
        elif option == "-F" and name != "key":
            fields.add(f"{name}{operator}{'unset' if name == 'auid' and what in UNSET else what}")
    return Rule(path, frozenset(permissions), architecture, frozenset(calls), frozenset(fields))


def missing(control: Control, found: list[Rule]) -> list[str]:
    """What of a control's settings nothing records."""
    lost = []
    for what, how in control.settings.items():
        if what.startswith("/"):
            if not any(one.path == what and one.permissions >= set(how) and not one.fields for one in found):
                lost.append(f"{what} ({how})")
            continue
        for more in how.split(","):
            wanted = _rule(["-S", what, *more.split()])
            for architecture in ARCHITECTURES:
                alike = [one for one in found if one.architecture == architecture and one.fields == wanted.fields]
                calls: set[str] = set().union(*(one.calls for one in alike if not one.path))
                lost += [f"{call} ({architecture})" for call in sorted(wanted.calls - calls)]
    return lost


def _is_shared(subject: Subject) -> bool:
    """Whether the kernel is another machine's."""
    return subject.tries("systemd-detect-virt", "--container", "--quiet")


def _written(subject: Subject) -> list[Rule]:
    found = rules(subject.ask("sh", "-c", WRITTEN))
    subject.note(f"aturan tertulis: {len(found)}")
    return found


@proves("AUD-01")
def test_auditd_runs_from_every_boot_on(subject: Subject) -> None:
    subject.expect({"auditd.service": subject.state_of("auditd.service") or None}, {"auditd.service": "enabled"})
    if _is_shared(subject):
        subject.note("kernel bersama: hanya dinilai apakah berjalan sejak boot")
        return
    assert subject.tries("systemctl", "is-active", "--quiet", "auditd.service"), "auditd tidak berjalan"


@proves("AUD-02")
def test_records_stop_nothing(subject: Subject, control: Control) -> None:
    lines = subject.ask("sh", "-c", "cat /etc/audit/auditd.conf 2>/dev/null; true").splitlines()
    said = [line.partition("=")[::2] for line in lines if "=" in line and not line.lstrip().startswith("#")]
    values = {name.strip().lower(): value.strip() for name, value in said}
    found = {name: values.get(name, "").upper() for name in control.settings}
    failure = re.findall(r"^\s*-f\s+(\d)", subject.ask("sh", "-c", WRITTEN), re.MULTILINE)
    # Nothing said is what the kernel does by itself: it writes it to its log.
    found["-f"] = failure[-1] if failure else "1"
    subject.expect(found, {**control.settings, "-f": "1"})


@proves("AUD-03", "AUD-04", "AUD-05", "AUD-06", "AUD-07", "AUD-08", "AUD-09", "AUD-10", "AUD-11", "AUD-12", "AUD-13")
def test_it_is_recorded(subject: Subject, control: Control) -> None:
    subject.expect_none("tidak tercatat", missing(control, _written(subject)))


@proves("AUD-14")
def test_privileged_programs_are_recorded(subject: Subject) -> None:
    programs = subject.ask("sh", "-c", PRIVILEGED).splitlines()
    seen = {one.path for one in _written(subject) if "x" in one.permissions and one.fields <= PERSONS}
    subject.note(f"program SUID dan SGID: {len(programs)}")
    subject.expect_none("program yang pemakaiannya tidak tercatat", [each for each in programs if each not in seen])


@proves("AUD-15")
def test_what_is_done_to_spse_is_recorded(subject: Subject, control: Control) -> None:
    found = _written(subject)
    wanted = [(one.home, "wa") for one in instances(subject)]
    there = [one.configuration for one in instances(subject) if subject.tries("test", "-e", one.configuration)]
    wanted += [(path, "rwa") for path in subject.ask("sh", "-c", DOCUMENTS, "sh", *there).split()]
    lost = [f"{path} ({how})" for path, how in wanted if not _is_covered(path, how, found)]
    subject.note(*(f"{path} ({how})" for path, how in wanted))
    subject.expect_none("tidak tercatat", missing(control, found) + lost)


def _is_covered(path: str, how: str, found: list[Rule]) -> bool:
    """Whether what people do in a folder is recorded, there or further up."""
    return any(
        one.path
        and f"{path}/".startswith(f"{one.path}/")
        and one.permissions >= set(how)
        and one.fields <= PERSONS
        and not one.calls
        for one in found
    )


@proves("AUD-16")
def test_rules_are_locked(subject: Subject) -> None:
    said = re.findall(r"^\s*-e\s+(\d)", subject.ask("sh", "-c", WRITTEN), re.MULTILINE)
    subject.expect({"-e": said[-1] if said else None}, {"-e": "2"})


@proves("AUD-17")
def test_rules_are_in_force(subject: Subject) -> None:
    if _is_shared(subject):
        does_not_apply("kontainer memakai kernel, dan dengan itu jejak audit, mesin lain")
    state = dict(line.split()[:2] for line in subject.ask("auditctl", "-s").splitlines() if len(line.split()) > 1)
    subject.note(f"enabled {state['enabled']}, lost {state['lost']}, backlog_limit {state['backlog_limit']}")
    assert state["enabled"] != "0", "kernel tidak mencatat apa pun"
    now = set(rules(subject.ask("auditctl", "-l")))
    later = _written(subject)
    subject.note(f"aturan yang berlaku: {len(now)}")
    subject.expect_none("tertulis tetapi tidak berlaku", [_shown(one) for one in later if one not in now])


def _shown(rule: Rule) -> str:
    return rule.path or f"{','.join(sorted(rule.calls))} ({rule.architecture})"


@proves("AUD-18")
def test_records_are_not_for_all(subject: Subject) -> None:
    assert subject.tries("test", "-d", "/var/log/audit"), "tidak ada jejak audit"
    subject.expect_none("terbuka bagi akun lain", subject.ask("sh", "-c", OPEN).splitlines())
