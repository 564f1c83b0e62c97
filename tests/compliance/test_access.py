"""LKPP's way in: what sshd, sudo and the kernel make of it, for the accounts that it is about."""

import json
import re

from tests.compliance.proof import Subject, does_not_apply, proves

ENTRIES = ("lkpp-operator", "lkpp-auditor", "lkpp-darurat")
WORK = ("lkpp-operator-kerja", "lkpp-auditor-kerja")
# An address of nobody's, by RFC 5737.
ELSEWHERE = "192.0.2.1"
SETTINGS = {
    "authenticationmethods": "publickey",
    "authorizedkeysfile": "none",
    "trustedusercakeys": "/etc/ssh/spse-access/authorities.pub",
    "revokedkeys": "/etc/ssh/spse-access/krl",
    "authorizedprincipalscommand": "/usr/local/sbin/spse-access principals %u",
    "forcecommand": "/usr/local/sbin/spse-access session",
    "disableforwarding": "yes",
    "permituserrc": "no",
}
# What sudo says of a user, beside the commands that he may run.
COMMANDS = re.compile(r"^ *\(root\) (?:[A-Z]+: )*(.*)$", re.MULTILINE)
OPEN = re.compile(r"(?<!\\)[*?\[\]]")
RECORDED = {"log_input", "log_output", "use_pty"}


def applies(subject: Subject) -> None:
    """Where LKPP does not come in, there is nothing to prove."""
    if not subject.variables.get("lkpp_access_addresses"):
        does_not_apply("lkpp_access_addresses tidak menyebut alamat LKPP")


def sshd(subject: Subject, account: str, address: str) -> dict[str, str]:
    """What sshd would do with somebody who comes as that from there."""
    said = subject.ask("/usr/sbin/sshd", "-T", "-C", f"user={account},host=-,addr={address}")
    lines = (line.partition(" ") for line in said.splitlines())
    return {key: value for key, _, value in lines}


@proves("AKS-01")
def test_only_certificates_let_in(subject: Subject) -> None:
    applies(subject)
    here = str(subject.variables["lkpp_access_addresses"][0]).partition("/")[0]
    found = {account: sshd(subject, account, here) for account in ENTRIES}
    subject.expect(
        {f"{account} {key}": about.get(key) for account, about in found.items() for key in SETTINGS},
        {f"{account} {key}": value for account in ENTRIES for key, value in SETTINGS.items()},
    )
    # `!` and `*` open to no password.
    locked = subject.ask("getent", "shadow", *ENTRIES, *WORK).splitlines()
    open_ones = [line.partition(":")[0] for line in locked if not line.split(":")[1].startswith(("!", "*"))]
    subject.expect_none("akun LKPP dengan kata sandi", open_ones)


@proves("AKS-02")
def test_what_was_revoked_is_known(subject: Subject) -> None:
    applies(subject)
    told = json.loads(subject.ask("/usr/local/sbin/spse-access", "status"))
    subject.note(f"daftar nomor {told['sequence']}, berlaku sampai {told['valid_until']}")
    subject.expect_none("tertutup bagi LKPP", [told["shut"]] if told["shut"] else [])


@proves("AKS-03")
def test_sessions_are_recorded(subject: Subject) -> None:
    applies(subject)
    wrong = []
    for account in ENTRIES:
        said = " ".join(subject.ask("sudo", "--list", "--other-user", account).split())
        defaults = said.partition("Defaults entries")[2].partition(" may run ")[0]
        missing = RECORDED - set(re.split(r"[\s,]+", defaults))
        if missing:
            wrong.append(f"{account} tanpa {', '.join(sorted(missing))}")
    place = subject.ask("stat", "--format=%U %a", "/var/log/spse-access").strip()
    subject.note(f"/var/log/spse-access: {place}")
    subject.expect_none("sesi yang tidak direkam", wrong + ([] if place == "root 700" else [f"folder rekaman {place}"]))


@proves("AKS-04")
def test_rights_leave_no_word_open(subject: Subject) -> None:
    applies(subject)
    wrong = []
    for account in WORK:
        said = subject.ask("sudo", "--list", "--other-user", account)
        commands = [one for line in COMMANDS.findall(said) for one in line.split(", ")]
        subject.note(f"{account}: {len(commands)} perintah")
        wrong += [f"{account}: {one}" for one in commands if OPEN.search(one) or not one.startswith("/")]
    subject.expect_none("perintah yang terbuka", wrong)


@proves("AKS-05")
def test_from_elsewhere_nobody_comes_in(subject: Subject) -> None:
    applies(subject)
    subject.expect(
        {account: sshd(subject, account, ELSEWHERE).get("denyusers") for account in ENTRIES},
        dict.fromkeys(ENTRIES, "*"),
    )


@proves("AKS-06")
def test_sessions_have_no_network(subject: Subject) -> None:
    applies(subject)
    accounts = (line.split(":") for line in subject.ask("getent", "passwd", *WORK).splitlines())
    names = {uid: name for name, _, uid, *_ in accounts}
    rules = subject.ask("nft", "--numeric", "list", "table", "inet", "spse_access").splitlines()
    refused = {uid for rule in rules if "skuid" in rule and "reject" in rule for uid in re.findall(r"\d+", rule)}
    subject.expect_none("akun LKPP dengan jaringan", [name for uid, name in names.items() if uid not in refused])
