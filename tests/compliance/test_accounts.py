"""Accounts: who there is, what lets them in, and what they may touch."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from chatops.controls import Control
from tests.compliance.proof import Subject, does_not_apply, proves

# Of the hashes nothing is told but whether there is one.
ACCOUNTS = (
    'function state(field) { return field == "" ? "empty" : field ~ /^[!*]/ ? "locked" : "usable" } '
    "NR == FNR { shadow[$1] = state($2); days[$1] = $5; next } "
    '{ print $1 ":" $3 ":" days[$1] ":" $7 ":" ($2 == "x" ? shadow[$1] : state($2)) }'
)
FIRST_OF_PEOPLE = 1000
# The last one gives a session with a name, to whom a certificate lets in, and nothing else (AKS-01, AKS-03).
NO_SHELLS = {
    "/usr/sbin/nologin",
    "/sbin/nologin",
    "/bin/false",
    "/usr/bin/false",
    "/bin/sync",
    "/usr/local/lib/spse-access/masuk",
}

PAM = (
    "grep -hE '^[[:space:]]*[a-z]' /etc/pam.d/common-auth /etc/pam.d/common-account /etc/pam.d/common-password; "
    "sed -n 's/^[[:space:]]*auth/suauth/p' /etc/pam.d/su"
)
PAM_LINE = re.compile(r"\s*(?P<kind>\w+)\s+(?P<control>\[[^]]*\]|\w+)\s+(?P<module>\S+)\s*(?P<arguments>.*)")
SETTINGS = (
    "cat /etc/security/pwquality.conf.d/*.conf /etc/security/pwquality.conf /etc/security/faillock.conf "
    "/etc/login.defs /etc/default/useradd 2>/dev/null | sed 's/#.*//'"
)
# What is wanted is the least, or the most; of all others it is the very value.
AT_LEAST = {
    *("minlen", "minclass", "difok", "unlock_time", "fail_interval", "PASS_MIN_DAYS", "PASS_WARN_AGE"),
    *("SHA_CRYPT_MIN_ROUNDS", "SHA_CRYPT_MAX_ROUNDS"),
}
AT_MOST = {
    *("maxrepeat", "maxsequence", "deny", "PASS_MAX_DAYS", "timestamp_timeout", "INACTIVE"),
}
# So many of a kind there have to be, as a negative number.
CREDITS = {"dcredit", "lcredit", "ocredit", "ucredit"}
NEVER = 10000
REMEMBERED = 24
DICTIONARY = "/var/cache/cracklib/cracklib_dict.pwd"

SHELL = "umask; echo ${TMOUT:-0}; readonly -p | grep -c 'TMOUT='; true"
IDLE_SECONDS = 900
CLOSED_MASK = 0o027

# At most; `shadow` is the group that a password is checked with.
LISTS = {
    **dict.fromkeys(("/etc/passwd", "/etc/passwd-", "/etc/group", "/etc/group-", "/etc/shells"), 0o644),
    **dict.fromkeys(("/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-"), 0o640),
    **dict.fromkeys(("/etc/security/opasswd", "/etc/security/opasswd.old"), 0o600),
}
SCHEDULES = {
    **{f"/etc/cron.{name}": 0o700 for name in ("d", "hourly", "daily", "weekly", "monthly", "yearly")},
    **dict.fromkeys(("/etc/crontab",), 0o600),
    **dict.fromkeys(("/etc/cron.allow", "/etc/at.allow"), 0o640),
}
READERS = {"root", "shadow", "crontab", "daemon"}
LOOK = ("/root", *LISTS, *SCHEDULES, "/usr/bin/crontab", "/usr/bin/at")

# The system's own, on local disks: documents and what containers or PostgreSQL keep may be millions of files.
FILES = (
    "nice -n19 find / -ignore_readdir_race -regextype posix-extended "
    "'(' -regex '/[^/]+' '!' -regex '/(boot|etc|opt|root|usr|var)' -o "
    "-regex '/var/(tmp|backups/spse|(lib|cache|log)/private|lib/(containers|docker|pgbackrest|postgresql))' -o "
    "'!' '(' -fstype btrfs -o -fstype ext3 -o -fstype ext4 -o -fstype overlay -o -fstype xfs -o -fstype zfs ')' ')' "
    "-prune -o '(' '(' -nouser -o -nogroup ')' -printf 'OWNERLESS %p\\n' ')' , "
    "'(' '(' -type f -perm -0002 -o -type d -perm -0002 '!' -perm -1000 ')' -printf 'OPEN %p\\n' ')'"
)

COMPILERS = r".*/([a-z0-9_]+-linux-gnu-)?(as|cc|c\+\+|gcc|g\+\+|clang|clang\+\+|gfortran|javac|rustc|tcc)(-[0-9.]+)?"


@dataclass(frozen=True)
class Account:
    """What a line of passwd says, and whether a password opens it."""

    name: str
    uid: int
    days: str
    """After how many its password has to be changed; that may be never."""
    shell: str
    opens: str
    """Its password: empty, locked, or usable."""


@proves("ACC-01")
def test_no_account_is_without_a_password(subject: Subject) -> None:
    subject.expect_none("akun tanpa kata sandi", [each.name for each in accounts(subject) if each.opens == "empty"])
    lenient = [line for line in pam(subject) if line["module"] == "pam_unix.so" and "nullok" in line["arguments"]]
    subject.expect_none("PAM yang menerima kata sandi kosong", [line["kind"] for line in lenient])


@proves("ACC-02")
def test_there_is_one_root(subject: Subject) -> None:
    roots = [each.name for each in accounts(subject) if each.uid == 0]
    subject.note(*(f"UID 0: {name}" for name in roots))
    subject.expect_none("akun lain ber-UID 0", [name for name in roots if name != "root"])


@proves("ACC-08")
def test_services_cannot_log_in(subject: Subject) -> None:
    services = [each for each in accounts(subject) if 0 < each.uid < FIRST_OF_PEOPLE]
    subject.note(f"akun layanan: {len(services)}")
    wrong = [f"{each.name} dengan {each.shell or '/bin/sh'}" for each in services if each.shell not in NO_SHELLS]
    wrong += [f"{each.name} dengan kata sandi" for each in services if each.opens == "usable"]
    subject.expect_none("akun layanan yang dapat masuk", wrong)


@proves("ACC-03", "ACC-05", "ACC-06")
def test_settings_are_no_weaker(subject: Subject, control: Control) -> None:
    found = {}
    for line in subject.ask("sh", "-c", SETTINGS).splitlines():
        name, _, value = line.strip().replace("=", " ", 1).partition(" ")
        name, tab, more = name.partition("\t")
        found[name] = (more if tab else value).strip()
    module = {"ACC-03": "pam_pwquality.so", "ACC-05": "pam_faillock.so"}.get(control.id)
    # Words in a line of PAM come before those in the file.
    for rule in pam(subject):
        if rule["module"] == module:
            words = [word.partition("=") for word in rule["arguments"].split()]
            found |= {name: value for name, _, value in words}
    no_weaker(subject, found, control)


@proves("ACC-03")
def test_quality_is_asked_for(subject: Subject) -> None:
    position(subject, "password", "pam_pwquality.so", {"requisite", "required"}, before="pam_unix.so")
    # Without it every password is refused, and none can be changed any more.
    assert subject.tries("test", "-s", DICTIONARY), f"kamus {DICTIONARY} tidak ada; pasang cracklib-runtime"


@proves("ACC-04")
def test_old_passwords_are_refused(subject: Subject) -> None:
    line = position(subject, "password", "pam_pwhistory.so", {"requisite", "required"}, before="pam_unix.so")
    words = dict(word.partition("=")[::2] for word in line["arguments"].split())
    remembered = words.get("remember", "10")
    subject.note(f"remember = {remembered}")
    assert int(remembered) >= REMEMBERED, f"hanya {remembered} kata sandi diingat, sedikitnya {REMEMBERED}"
    assert "enforce_for_root" in words, "tidak berlaku bagi root"


@proves("ACC-05")
def test_failures_are_counted(subject: Subject) -> None:
    asked = [f"{line['module']} {line['arguments']}" for line in pam(subject) if line["kind"] == "auth"]
    subject.note(f"auth: {', '.join(asked)}")
    places = [
        next((place for place, line in enumerate(asked) if re.search(step, line)), -1)
        for step in (r"pam_faillock\.so.* preauth", r"pam_unix\.so", r"pam_faillock\.so.* authfail")
    ]
    assert 0 <= places[0] < places[1] < places[2], "pam_faillock tidak berada sebelum dan sesudah pam_unix"
    position(subject, "account", "pam_faillock.so", {"required", "requisite"})


@proves("ACC-06")
def test_new_passwords_are_kept_well(subject: Subject) -> None:
    line = position(subject, "password", "pam_unix.so")
    subject.note(f"pam_unix: {line['arguments']}")
    assert {"yescrypt", "gost_yescrypt"} & set(line["arguments"].split()), "pam_unix tidak memakai yescrypt"


@proves("ACC-06")
def test_keys_do_not_grow_old(subject: Subject) -> None:
    # PAM turns away whoever comes with a key and would have to change a password that he has not.
    ending = [each for each in accounts(subject) if each.opens == "locked" and 0 < len(each.days) <= len("9999")]
    subject.expect_none(
        "akun tanpa kata sandi yang akan berakhir", [f"{each.name} ({each.days} hari)" for each in ending]
    )


@proves("ACC-07")
def test_sudo_is_shut_in(subject: Subject, control: Control) -> None:
    if not subject.tries("sh", "-c", "command -v sudo"):
        does_not_apply("sudo tidak ada di server ini")
    found = {}
    said = subject.ask("sudo", "--non-interactive", "--list", "--other-user=root")
    # After the first line, up to the empty one or to what root may run.
    listed = re.search(r"^Matching Defaults.*?:\n(.*?)(?:\n\n|\nUser |\Z)", said, re.DOTALL | re.MULTILINE)
    for each in re.split(r"(?<!\\), ", " ".join((listed[1] if listed else "").split())):
        name, _, value = each.partition("=")
        found[name.removeprefix("!")] = None if name.startswith("!") else value.strip('"')
    no_weaker(subject, {name: value for name, value in found.items() if value is not None}, control)


@proves("ACC-09")
def test_su_is_for_a_group(subject: Subject) -> None:
    lines = [line for line in pam(subject) if line["kind"] == "suauth"]
    subject.note(*(f"{line['control']} {line['module']} {line['arguments']}" for line in lines))
    for line in lines:
        if line["module"] == "pam_wheel.so" and line["control"] in {"required", "requisite"}:
            assert "deny" not in line["arguments"].split(), "pam_wheel menolak anggota, bukan yang lain"
            return
        assert line["module"] == "pam_rootok.so", f"{line['module']} sudah meluluskan sebelum pam_wheel"
    raise AssertionError("pam_wheel tidak dipakai oleh su")


@proves("ACC-10")
def test_new_files_are_not_open(subject: Subject, control: Control) -> None:
    found = re.findall(r"^UMASK\s+(\d+)", subject.ask("sh", "-c", SETTINGS), re.MULTILINE)
    mask, _, _ = subject.ask("bash", "-lic", SHELL).splitlines()[-3:]
    subject.note(f"UMASK {found[-1] if found else 'tidak ada'}", f"umask terminal {mask}")
    wrong = [f"UMASK dalam login.defs, seharusnya {control.settings['UMASK']}"] if is_open(found[-1:]) else []
    subject.expect_none("umask yang terlalu terbuka", wrong + (["terminal"] if is_open([mask]) else []))


@proves("ACC-11")
def test_terminals_end(subject: Subject) -> None:
    _, seconds, fixed = subject.ask("bash", "-lic", SHELL).splitlines()[-3:]
    subject.note(f"TMOUT = {seconds}", f"tetap: {'ya' if int(fixed) else 'tidak'}")
    assert 0 < int(seconds) <= IDLE_SECONDS, f"TMOUT {seconds}, seharusnya 1 sampai {IDLE_SECONDS}"
    assert int(fixed), "TMOUT dapat diubah oleh siapa pun"


@proves("ACC-12")
def test_homes_are_shut(subject: Subject) -> None:
    closed(subject, {"/root": 0o700})
    fields = [line.split(":") for line in subject.ask("getent", "passwd").splitlines()]
    homes = {each[5] for each in fields if int(each[2]) >= FIRST_OF_PEOPLE}
    looked = ("find", "/home", "-maxdepth", "1", "-type", "d", "-perm", "/0027", "-printf", "%p %m\\n")
    found = subject.ask(*looked).splitlines()
    subject.expect_none("folder rumah yang terbuka", [line for line in found if line.split()[0] in homes])
    dotfiles = ("-mindepth", "2", "-maxdepth", "2", "-type", "f", "-name", ".*", "-perm", "/6037")
    found = subject.ask("find", "/home", *dotfiles, "-printf", "%h %f %m\\n").splitlines()
    subject.expect_none("berkas setelan yang terbuka", [line for line in found if line.split()[0] in homes])


@proves("ACC-13")
def test_schedules_are_roots(subject: Subject) -> None:
    there = closed(subject, SCHEDULES)
    for tool, allowed in (("/usr/bin/crontab", "/etc/cron.allow"), ("/usr/bin/at", "/etc/at.allow")):
        assert tool not in there or allowed in there, f"{allowed} tidak ada, sehingga semua akun boleh"


@proves("ACC-14")
def test_lists_of_accounts_are_roots(subject: Subject) -> None:
    closed(subject, LISTS)


@proves("ACC-15", "ACC-16")
def test_files_of_the_system_have_an_owner_and_are_shut(subject: Subject, control: Control) -> None:
    kind = {"ACC-15": "OPEN", "ACC-16": "OWNERLESS"}[control.id]
    lines = (line.partition(" ") for line in subject.ask("sh", "-c", FILES).splitlines())
    found = [path for tag, _, path in lines if tag == kind]
    what = {"OPEN": "dapat ditulis oleh semua akun", "OWNERLESS": "tanpa pemilik"}
    subject.expect_none(f"berkas sistem {what[kind]}", found)


@proves("ACC-17")
def test_compilers_are_for_root(subject: Subject) -> None:
    looked = ("find", "-L", "/usr/bin", "/usr/local/bin", "-maxdepth", "1", "-type", "f", "-perm", "/0005")
    named = ("-regextype", "posix-extended", "-regex", COMPILERS)
    subject.expect_none("kompilator untuk semua akun", subject.ask(*looked, *named).splitlines())


def accounts(subject: Subject) -> list[Account]:
    """Everyone there is."""
    lines = subject.ask("awk", "-F:", ACCOUNTS, "/etc/shadow", "/etc/passwd").splitlines()
    fields = (line.split(":") for line in lines)
    return [Account(name, int(uid), *others) for name, uid, *others in fields]


def pam(subject: Subject) -> list[dict[str, str]]:
    """How passwords are asked for, in that order."""
    matches = (PAM_LINE.match(line) for line in subject.ask("sh", "-c", PAM).splitlines())
    return [match.groupdict() for match in matches if match]


def position(
    subject: Subject, kind: str, module: str, controls: Iterable[str] = (), *, before: str = ""
) -> dict[str, str]:
    """Where a module stands; it has to count, and to come before another one."""
    lines = [line for line in pam(subject) if line["kind"] == kind]
    names = [line["module"] for line in lines]
    subject.note(f"{kind}: {', '.join(names)}")
    assert module in names, f"{module} tidak dipakai untuk {kind}"
    line = lines[names.index(module)]
    assert not controls or line["control"] in controls, f"{module} tidak menentukan: {line['control']}"
    assert not before or before not in names[: names.index(module)], f"{module} berada sesudah {before}"
    return line


def no_weaker(subject: Subject, found: dict[str, str], control: Control) -> None:
    """Each setting has to be what is wanted, or stricter."""
    wrong = []
    for name, wanted in control.settings.items():
        value = found.get(name)
        subject.note(f"{name} = {'tidak ada' if value is None else value or 'ya'}")
        if not is_as_strict(name, value, wanted):
            wrong.append(f"{name} {'tidak ada' if value is None else value}, seharusnya {wanted or 'ada'}")
    subject.expect_none("pengaturan yang terlalu lemah", wrong)


def is_as_strict(name: str, value: str | None, wanted: str) -> bool:
    """Whether a value does no less than the one that is wanted; 0 often means that there is no limit."""
    if value is None or value == wanted:
        return value == wanted
    if name == "unlock_time" and value in {"0", "never"}:
        return True
    if name in CREDITS:
        return bool(re.fullmatch(r"-[1-9]\d*", value))
    if not value.isdecimal():
        return False
    if name in AT_MOST:
        return 0 < int(value) <= int(wanted)
    return name in AT_LEAST and int(value) >= int(wanted)


def is_open(masks: list[str]) -> bool:
    """Whether a new file could be read by others or written by a group."""
    return not masks or int(masks[0], 8) & CLOSED_MASK != CLOSED_MASK


def closed(subject: Subject, most: dict[str, int]) -> set[str]:
    """What is there has to be root's, and no more open than that; told is what there is of all that is looked at."""
    script = f"stat --format='%a %U %G %n' {shlex.join(LOOK)} 2>/dev/null; true"
    wrong: list[str] = []
    there: set[str] = set()
    for line in subject.ask("sh", "-c", script).splitlines():
        mode, owner, group, path = line.split(" ", 3)
        there.add(path)
        if path not in most:
            continue
        subject.note(line)
        if owner != "root" or group not in READERS or int(mode, 8) & ~most[path]:
            wrong.append(f"{path} milik {owner}:{group} dengan mode {mode}, paling banyak {most[path]:o}")
    subject.expect_none("berkas yang terlalu terbuka", wrong)
    return there
