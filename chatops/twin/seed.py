"""The people and channels that a new workspace begins with; every name is invented."""

from chatops.twin.clock import Clock
from chatops.twin.manifest import Manifest
from chatops.twin.workspace import BOT_USER, Channel, Group, User, Workspace

PEOPLE = (
    ("U0SITI", "siti", "Siti Rahmawati", "Operator LKPP"),
    ("U0BUDI", "budi", "Budi Hartono", "Penyetuju LKPP"),
    ("U0RINA", "rina", "Rina Lestari", "Penyetuju LKPP"),
    ("U0AGUS", "agus", "Agus Salim", "Auditor"),
    ("U0DEWI", "dewi", "Dewi Anggraini", "Admin LPSE Mamuju"),
    ("U0EKO", "eko", "Eko Prasetyo", "Admin LPSE Bogor"),
    ("U0TAMU", "tamu", "Tamu Tanpa Peran", "Magang"),
)
GROUPS = (
    ("S0OPS", "tik-spse", "Operator TIK SPSE", ["U0SITI"]),
    ("S0SETUJU", "penyetuju", "Penyetuju LKPP", ["U0BUDI", "U0RINA"]),
    ("S0AUDIT", "auditor", "Auditor", ["U0AGUS"]),
)
CHANNELS = (
    ("C0UMUM", "umum", "Obrolan sehari-hari"),
    ("C0UBAH", "perubahan-spse", "Semua perubahan server SPSE"),
    ("C0SIAGA", "siaga", "Pengingat dan eskalasi"),
)


def workspace(manifest: Manifest) -> Workspace:
    """A new workspace."""
    made = Workspace(manifest, Clock())
    made.add_user(User(BOT_USER, manifest.bot_name, manifest.name, is_bot=True))
    for who in PEOPLE:
        made.add_user(User(*who))
    for ident, handle, name, users in GROUPS:
        made.groups[ident] = Group(ident, handle, name, list(users))
    for ident, name, topic in CHANNELS:
        members = [*(who[0] for who in PEOPLE), BOT_USER]
        made.add_channel(Channel(ident, name, members, topic))
    return made
