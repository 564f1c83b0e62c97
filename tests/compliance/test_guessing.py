"""Whoever guesses passwords: what fail2ban watches while it runs, and what Apache refuses."""

import ipaddress
import re
from dataclasses import dataclass
from itertools import chain

from tests.compliance.proof import Subject, does_not_apply, proves
from tests.compliance.web import apache

UNIT = "fail2ban.service"
# The jails, and what they are asked; a line each, and an empty one where there is nothing.
QUESTION = r"""
command -v fail2ban-client >/dev/null && fail2ban-client ping >/dev/null 2>&1 || exit 0
for jail in $(fail2ban-client status | sed -n 's/.*Jail list:[[:space:]]*//p' | tr -d ','); do
    printf 'jail %s\n' "$jail"
    for what in maxretry findtime bantime bantime.increment actions ignoreip logpath journalmatch; do
        printf '%s %s\n' "$what" "$(fail2ban-client get "$jail" "$what" | tr '\n' ' ')"
    done
done
"""
SSH, LOGIN = "sshd", "spse-login"
MOST, WITHIN = 10, 600
"""A jail is strict enough with so many failures in so many seconds, or fewer in more."""
SHORTEST, LONGEST = 600, 86400
SPARED = (
    "baseline_firewall_admins",
    "baseline_firewall_lkpp",
    "baseline_firewall_proxies",
    "lkpp_access_addresses",
)


@dataclass(frozen=True)
class Jail:
    """One thing that fail2ban watches, as it says itself."""

    name: str
    about: dict[str, str]

    def number(self, what: str) -> int:
        """What it is set to."""
        return int(self.about[what])

    @property
    def spared(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """Whom it never shuts out."""
        words = re.findall(r"[0-9a-f:.]+(?:/[0-9]+)?(?=\s|$)", self.about["ignoreip"].partition("ignored:")[2])
        return [ipaddress.ip_network(word, strict=False) for word in words]

    def spares(self, network: str) -> bool:
        """Whether nobody of these is ever shut out."""
        wanted = ipaddress.ip_network(network, strict=False)
        # Of one version: `subnet_of` refuses to compare others.
        return any(str(wanted.version) == str(own.version) and _is_within(wanted, own) for own in self.spared)

    def in_words(self) -> str:
        """How strict it is."""
        return f"{self.name}: {self.about['maxretry']} dalam {self.about['findtime']} s, {self.about['bantime']} s"


def _is_within(
    one: ipaddress.IPv4Network | ipaddress.IPv6Network, other: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    return one.network_address in other and one.broadcast_address in other


def jails(subject: Subject) -> dict[str, Jail]:
    """All that it watches."""
    found: dict[str, Jail] = {}
    about: dict[str, str] = {}
    for line in subject.ask("sh", "-c", QUESTION).splitlines():
        name, _, value = line.partition(" ")
        if name == "jail":
            about = {}
            found[value] = Jail(value, about)
        else:
            about[name] = value.strip()
    subject.note(*(jail.in_words() for jail in found.values()))
    return found


def jail(subject: Subject, name: str) -> Jail:
    """One that has to be there."""
    found = jails(subject)
    assert name in found, f"fail2ban tidak mengawasi `{name}`"
    return found[name]


def watched(subject: Subject) -> list[Jail]:
    """Those that there are of the two that have to be."""
    found = [each for name, each in jails(subject).items() if name in {SSH, LOGIN}]
    assert found, "fail2ban tidak mengawasi apa pun"
    return found


def strict(subject: Subject, name: str, most: int) -> None:
    """What shuts out whoever fails too often."""
    one = jail(subject, name)
    assert "no actions" not in one.about["actions"].lower(), f"`{name}` tidak melarang siapa pun"
    assert one.number("maxretry") <= most, (
        f"`{name}` membiarkan {one.about['maxretry']} kegagalan, paling banyak {most}"
    )
    assert one.number("findtime") >= WITHIN, f"`{name}` lupa sesudah {one.about['findtime']} detik"


@proves("GES-01")
def test_guesses_are_watched_from_every_boot_on(subject: Subject) -> None:
    subject.expect({UNIT: subject.state_of(UNIT)}, {UNIT: "enabled"})
    assert subject.tries("systemctl", "is-active", "--quiet", UNIT), "fail2ban tidak berjalan"


@proves("GES-02")
def test_whoever_guesses_at_ssh_is_shut_out(subject: Subject) -> None:
    strict(subject, SSH, MOST)
    assert "ssh" in jail(subject, SSH).about["journalmatch"], "jail `sshd` tidak membaca jurnal sshd"


@proves("GES-03")
def test_whoever_guesses_at_the_login_is_refused_there(subject: Subject) -> None:
    known = apache(subject)
    if not subject.variables.get("baseline_instances", subject.variables.get("spse_app_instances")):
        does_not_apply("belum ada SPSE di server ini")
    limit = int(subject.variables.get("baseline_guessing_limit", 30))
    strict(subject, LOGIN, limit)
    told = [each.value.split()[0] for each in known.directives if each.name in {"globallog", "customlog"}]
    read = jail(subject, LOGIN).about["logpath"]
    assert any(path.strip('"') in read for path in told), "Apache tidak menulis apa yang dibaca jail `spse-login`"
    refusing = [
        each
        for each in known.directives
        if each.name == "redirectmatch" and each.value.startswith(("403", "429")) and "-f '" in "".join(each.sections)
    ]
    subject.note(*(section for each in refusing for section in each.sections))
    assert refusing, "Apache tidak menolak yang dilarang di halaman masuk"


@proves("GES-04")
def test_who_helps_is_never_shut_out(subject: Subject) -> None:
    wanted = ["127.0.0.1", "::1", *chain.from_iterable(subject.variables.get(name, []) for name in SPARED)]
    wrong = [f"{each.name}: {address}" for each in watched(subject) for address in wanted if not each.spares(address)]
    subject.expect_none("yang dapat dianggap penebak", wrong)


@proves("GES-05")
def test_everybody_is_let_in_again(subject: Subject) -> None:
    wrong = []
    for each in watched(subject):
        seconds = each.number("bantime")
        wrong += [] if SHORTEST <= seconds <= LONGEST else [f"{each.name}: {seconds} detik"]
        wrong += [f"{each.name}: makin lama"] if "true" in each.about["bantime.increment"].lower() else []
    subject.expect_none("larangan yang terlalu singkat atau terlalu lama", wrong)
