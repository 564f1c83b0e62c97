"""The clock: who keeps it, by what, and how well."""

from tests.compliance.proof import Subject, does_not_apply, proves

CHRONY = "chrony.service"
OTHERS = ("systemd-timesyncd.service", "ntp.service", "ntpsec.service", "openntpd.service")
# Its own reading of its files, and what it reads beside them while it runs.
SOURCES = r"""
command -v chronyd >/dev/null || exit 0
said=$(chronyd -p -f /etc/chrony/chrony.conf)
printf '%s\n' "$said"
for folder in $(printf '%s\n' "$said" | sed -n 's/^ *sourcedir *//p'); do
    cat "$folder"/*.sources 2>/dev/null
done
true
"""
KINDS = ("server", "pool", "peer", "refclock")
# Of `chronyc -c tracking`.
OFFSET, LEAP = 4, 13
MOST_SECONDS = 1.0
ZONES = ("UTC +0000", "WIB +0700", "WITA +0800", "WIT +0900")


@proves("CLK-01")
def test_chrony_alone_keeps_the_clock(subject: Subject) -> None:
    said = subject.ask("systemctl", "show", "--property=Id,ActiveState,UnitFileState", CHRONY, *OTHERS)
    states = {}
    for block in said.strip().split("\n\n"):
        about = dict(line.split("=", 1) for line in block.splitlines())
        states[about["Id"]] = about
    runs = [name for name in OTHERS if states[name]["ActiveState"] in {"active", "activating"}]
    starts = [name for name in OTHERS if states[name]["UnitFileState"] in {"enabled", "enabled-runtime"}]
    subject.expect({CHRONY: states[CHRONY]["UnitFileState"]}, {CHRONY: "enabled"})
    subject.expect_none("pengatur jam lain", sorted({*runs, *starts}))


@proves("CLK-02")
def test_chrony_has_sources(subject: Subject) -> None:
    lines = subject.ask("sh", "-c", SOURCES).splitlines()
    sources = [line.strip() for line in lines if line.split()[:1] and line.split()[0] in KINDS]
    subject.note(*sources)
    assert sources, "chrony tidak mempunyai sumber waktu"


@proves("CLK-03")
def test_clock_is_right(subject: Subject) -> None:
    if subject.tries("systemd-detect-virt", "--container", "--quiet"):
        does_not_apply("kontainer tidak mempunyai jam sendiri")
    assert subject.tries("systemctl", "is-active", "--quiet", CHRONY), "chrony tidak berjalan"
    fields = subject.ask("chronyc", "-n", "-c", "tracking").strip().split(",")
    offset = abs(float(fields[OFFSET]))
    subject.note(f"meleset {offset:.6f} detik dari {fields[1]}, {fields[LEAP]}")
    assert fields[LEAP] != "Not synchronised", "chrony belum tersinkron dengan sumbernya"
    assert offset < MOST_SECONDS, f"jam meleset {offset:.3f} detik, paling banyak {MOST_SECONDS}"


@proves("CLK-04")
def test_time_zone_is_one_of_ours(subject: Subject) -> None:
    zone = subject.ask("date", "+%Z %z").strip()
    subject.note(zone)
    assert zone in ZONES, f"zona waktu {zone}, seharusnya salah satu dari {', '.join(ZONES)}"
