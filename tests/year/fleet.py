"""Offices of every province, with their hosts, as an inventory and a file of permissions would have them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROVINCES = (
    *(("aceh", "Aceh", "WIB"), ("sumut", "Sumatera Utara", "WIB"), ("sumbar", "Sumatera Barat", "WIB")),
    *(("riau", "Riau", "WIB"), ("kepri", "Kepulauan Riau", "WIB"), ("jambi", "Jambi", "WIB")),
    *(("bengkulu", "Bengkulu", "WIB"), ("sumsel", "Sumatera Selatan", "WIB"), ("babel", "Bangka Belitung", "WIB")),
    *(("lampung", "Lampung", "WIB"), ("banten", "Banten", "WIB"), ("jakarta", "DKI Jakarta", "WIB")),
    *(("jabar", "Jawa Barat", "WIB"), ("jateng", "Jawa Tengah", "WIB"), ("yogya", "DI Yogyakarta", "WIB")),
    *(("jatim", "Jawa Timur", "WIB"), ("kalbar", "Kalimantan Barat", "WIB"), ("kalteng", "Kalimantan Tengah", "WIB")),
    *(("kalsel", "Kalimantan Selatan", "WITA"), ("kaltim", "Kalimantan Timur", "WITA")),
    *(("kaltara", "Kalimantan Utara", "WITA"), ("bali", "Bali", "WITA"), ("ntb", "Nusa Tenggara Barat", "WITA")),
    *(("ntt", "Nusa Tenggara Timur", "WITA"), ("sulut", "Sulawesi Utara", "WITA"), ("gorontalo", "Gorontalo", "WITA")),
    *(("sulteng", "Sulawesi Tengah", "WITA"), ("sulbar", "Sulawesi Barat", "WITA")),
    *(("sulsel", "Sulawesi Selatan", "WITA"), ("sultra", "Sulawesi Tenggara", "WITA")),
    *(("maluku", "Maluku", "WIT"), ("malut", "Maluku Utara", "WIT"), ("papua", "Papua", "WIT")),
    *(("pabar", "Papua Barat", "WIT"), ("pabaya", "Papua Barat Daya", "WIT"), ("pateng", "Papua Tengah", "WIT")),
    *(("papeg", "Papua Pegunungan", "WIT"), ("pasel", "Papua Selatan", "WIT")),
)
"""Each with what its offices are called, and its zone."""

RULES = """\
people:
  rini: {{name: Rini Contoh, accounts: [rini], slack: U0RINI, grants: [{{role: operator}}]}}
  sari: {{name: Sari Contoh, accounts: [sari], slack: U0SARI, grants: [{{role: approver}}]}}
  tono: {{name: Tono Contoh, accounts: [tono], slack: U0TONO, grants: [{{role: auditor}}]}}
  budi: {{name: Budi Contoh, accounts: [budi], slack: U0BUDI, grants: [{{role: admin, lpses: [{first}]}}]}}
  adi: {{name: Adi Contoh, accounts: [adi], slack: U0ADI, grants: []}}
"""
"""Who is who among them: `budi` is the admin of the first office, and of no other."""


@dataclass(frozen=True)
class Host:
    """One server."""

    name: str
    address: str
    instances: tuple[str, ...]


@dataclass(frozen=True)
class Office:
    """One LPSE."""

    slug: str
    province: str
    zone: str
    hosts: tuple[Host, ...]


def offices(count: int) -> list[Office]:
    """So many, of one province after the other."""
    return [_office(number) for number in range(count)]


def _office(number: int) -> Office:
    short, province, zone = PROVINCES[number % len(PROVINCES)]
    slug = f"{short}-{number // len(PROVINCES) + 1:02}"
    # TEST-NET-1 has 254 addresses, loopback has enough for everybody.
    address = f"127.{number // 250 + 1}.{number % 250 + 1}.1"
    hosts = [Host(f"spse.{slug}.example", address, ("prod",) if number % 4 else ("latihan", "prod"))]
    if number % 10 == 1:
        hosts.append(Host(f"latihan.{slug}.example", address.removesuffix("1") + "2", ("latihan",)))
    return Office(slug, province, zone, tuple(hosts))


def write(folder: Path, known: Sequence[Office]) -> Path:
    """Put their inventory and the rules there; the path of the inventory."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        host.name: {
            "ansible_host": host.address,
            "spse_lpse": office.slug,
            "spse_zone": office.zone,
            "spse_province": office.province,
            "spse_app_instances": {name: {} for name in host.instances},
        }
        for office in known
        for host in office.hosts
    }
    path = folder / "hosts.yml"
    # JSON is YAML, too, and read ten times as fast.
    path.write_text(json.dumps({"spse": {"hosts": told}}, indent=1) + "\n", encoding="utf-8")
    (folder / "rules.yml").write_text(RULES.format(first=known[0].slug), encoding="utf-8")
    return path
