"""AppArmor: whether it is there from the boot on, and whether what it holds is held."""

import re

from tests.compliance.proof import Subject, does_not_apply, proves

SERVICE = "apparmor.service"
PACKAGES = r"""
dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' apparmor apparmor-utils 2>/dev/null || echo
"""
KERNEL = "cat /sys/module/apparmor/parameters/enabled /proc/cmdline 2>/dev/null; true"
OFF = r"""
cd /etc/apparmor.d 2>/dev/null || exit 0
ls -A disable force-complain 2>/dev/null | grep -v ':$' | grep . | sed 's/$/ (dimatikan)/'
# As its package has brought it, it stays.
grep -lsE '^[^#]*flags=[(][^)]*complain' -- * | while IFS= read -r name; do
    sum=$(md5sum <"$name" | cut -d ' ' -f 1)
    dpkg-query --show --showformat='${Conffiles}\n' | grep -qF " /etc/apparmor.d/$name $sum" ||
        echo "$name (hanya mengamati)"
done
"""
LOADED = "/sys/kernel/security/apparmor/profiles"


def _is_shared(subject: Subject) -> bool:
    """Whether the kernel is another machine's."""
    return subject.tries("systemd-detect-virt", "--container", "--quiet")


@proves("MAC-01")
def test_it_is_loaded_from_every_boot_on(subject: Subject) -> None:
    said = dict(line.split() for line in subject.ask("sh", "-c", PACKAGES).splitlines() if line)
    found: dict[str, str | None] = {name: said.get(name) for name in ("apparmor", "apparmor-utils")}
    wanted = dict.fromkeys(found, "installed")
    subject.expect(found | {SERVICE: subject.state_of(SERVICE)}, wanted | {SERVICE: "enabled"})
    if _is_shared(subject):
        subject.note("kernel bersama: hanya dinilai apakah dimuat saat boot")
        return
    enabled = subject.ask("sh", "-c", KERNEL)
    assert enabled.startswith("Y"), "AppArmor tidak aktif dalam kernel"


@proves("MAC-02")
def test_no_profile_is_off(subject: Subject) -> None:
    subject.expect_none("profil yang tidak menahan", subject.ask("sh", "-c", OFF).splitlines())


@proves("MAC-03")
def test_profiles_hold(subject: Subject) -> None:
    if _is_shared(subject):
        does_not_apply("kontainer memakai AppArmor mesin lain")
    profiles = re.findall(r"^(.*) \((\w+)\)$", subject.ask("cat", LOADED), re.MULTILINE)
    subject.note(f"profil dalam kernel: {len(profiles)}")
    assert profiles, "tidak ada profil yang dimuat"
    # Whether they should is MAC-02's.
    subject.note(*(f"{name}: hanya mengamati" for name, mode in profiles if mode == "complain"))
