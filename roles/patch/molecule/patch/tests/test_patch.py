"""Updated is what visitors do not notice, on either Debian; the rest is as it was."""

import json

from testinfra.host import Host

RECORDS = "cat /var/lib/spse/journal/patch/*.json"


def test_only_what_visitors_do_not_notice_is_updated(host: Host) -> None:
    versions = {name: host.package(name).version for name in ("uji-biasa", "uji-tahan", "postgresql-uji")}
    assert versions == {"uji-biasa": "1.1", "uji-tahan": "1.0", "postgresql-uji": "1.0"}


def test_the_way_back_is_written_down_once(host: Host) -> None:
    assert json.loads(host.check_output(RECORDS))["back"] == "apt-get install --allow-downgrades uji-biasa=1.0"
