"""The hosts' own keys, as OpenSSH keeps them: who answers with another one is not looked at."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from paramiko import PKey, SSHException
from paramiko.hostkeys import HostKeyEntry, HostKeys, InvalidHostKey

from chatops.errors import WatchError
from chatops.words import Said

SSH_PORT = 22
# Of several keys that a host is known by it is asked for the first one.
FIRST = "ssh-ed25519"


class KnownHosts:
    """The keys of some files, found by a host's name. To have paramiko look through all for each host takes seconds."""

    def __init__(self, entries: Iterable[HostKeyEntry], revoked: Iterable[PKey] = ()) -> None:
        self._plain: dict[str, list[PKey]] = {}
        self._hashed: list[tuple[str, PKey]] = []
        refused = {key.asbytes() for key in revoked}
        for entry in entries:
            if entry.key.asbytes() in refused:
                continue
            for name in entry.hostnames:
                if name.startswith("|1|"):
                    self._hashed.append((name, entry.key))
                else:
                    self._plain.setdefault(name, []).append(entry.key)

    def keys(self, address: str, port: int) -> Mapping[str, PKey]:
        """The keys of one host by their kinds; none, if nobody has ever looked at them."""
        name = address if port == SSH_PORT else f"[{address}]:{port}"
        found = list(self._plain.get(name, []))
        found += [key for hashed, key in self._hashed if HostKeys.hash_host(name, hashed) == hashed]
        by_kind: dict[str, PKey] = {}
        for key in sorted(found, key=lambda key: str(key.get_name() != FIRST)):
            by_kind.setdefault(key.get_name(), key)
        return by_kind


def read(files: Iterable[Path]) -> KnownHosts:
    """All that the files have; one of several may be missing."""
    entries, revoked = [], []
    there = [path for path in (file.expanduser() for file in files) if path.exists()]
    if not there:
        named = ", ".join(str(file) for file in files) or "-"
        raise WatchError(
            detail=Said(
                f"berkas kunci server {named} tidak ada; isi probe_known_hosts dengan yang dibuat `ssh-keyscan`, "
                "sesudah sidik jarinya dicocokkan",
                f"there is no file of host keys {named}; set probe_known_hosts to one that `ssh-keyscan` has made, "
                "after comparing the fingerprints",
            )
        )
    for path in there:
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            words = line.split()
            if not words or words[0].startswith("#") or words[0] == "@cert-authority":
                continue
            marked = words[0] == "@revoked"
            try:
                entry = HostKeyEntry.from_line(" ".join(words[1:] if marked else words), number)
            except (InvalidHostKey, SSHException, ValueError) as error:
                detail = Said(f"{path} baris {number} bukan kunci server", f"line {number} of {path} is no host key")
                raise WatchError(detail=detail) from error
            if entry is None:
                # A kind of key that we do not know: the host has another one, or is not looked at.
                continue
            if marked:
                revoked.append(entry.key)
            else:
                entries.append(entry)
    return KnownHosts(entries, revoked)
