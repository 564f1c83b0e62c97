"""What the tests update: each package for something that may go well, or wrong."""

from tests.patch.repository import Package

SERVICE = "[Service]\nExecStart=/usr/local/bin/uji-diam infinity\n[Install]\nWantedBy=multi-user.target\n"
# Only an update does it: the first installation belongs to the ground.
UPDATED = 'test -n "$2" || exit 0'

OLD = (
    Package("uji-biasa", "1.0"),
    Package("uji-boot", "1.0"),
    Package("uji-bergantung", "1.0"),
    Package("uji-bentrok", "1.0"),
    Package("uji-lambat", "1.0"),
    Package("uji-rusak", "1.0"),
    Package("uji-sakit", "1.0"),
    Package("uji-tahan", "1.0"),
    Package("postgresql-uji", "1.0"),
    Package(
        "uji-layanan",
        "1.0",
        files={"usr/lib/systemd/system/uji-layanan.service": SERVICE, "etc/uji-layanan.conf": "satu\n"},
    ),
)
# Newer, and no security update.
PLAIN = (Package("uji-bukan", "1.0"), Package("uji-bukan", "1.1"))

GOOD = (
    Package("uji-biasa", "1.1"),
    Package("uji-bergantung", "1.1", {"Depends": "uji-baru"}),
    Package("uji-baru", "1.1"),
    Package("uji-tahan", "1.1"),
    # What would remove another package is not installed.
    Package("uji-bentrok", "1.1", {"Conflicts": "uji-bukan"}),
    Package("uji-boot", "1.1", postinst="touch /run/reboot-required"),
    Package(
        "uji-layanan",
        "1.1",
        # As an update of systemd does, too.
        postinst="systemctl daemon-reexec\nsystemctl restart uji-layanan",
        files={"usr/lib/systemd/system/uji-layanan.service": SERVICE, "etc/uji-layanan.conf": "dua\n"},
    ),
    Package("postgresql-uji", "1.1", postinst=f"{UPDATED}\nsystemctl restart postgresql"),
)
BROKEN = Package("uji-rusak", "1.1", postinst=f"{UPDATED}\necho rusak >&2\nexit 1")
# It waits for as long as the file is there.
SLOW = Package("uji-lambat", "1.1", postinst="while test -e /root/lambat; do sleep 0.1; done")
# It takes Java away from under SPSE, whatever it is called.
SICK = Package("uji-sakit", "1.1", postinst="mv /usr/bin/java /root/java\nsystemctl kill --signal=KILL spse-prod")
