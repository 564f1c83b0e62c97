"""OpenSSH's own programs do what is done with keys; a private key is only ever in an agent, for one command."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_ssh_public_identity,
)

from chatops.access.passphrases import Secret
from chatops.errors import AuthorityError
from chatops.words import Said

ASKPASS = Path(__file__).with_name("askpass")
LIFE = 120
"""Seconds after which an agent forgets its key, should nobody be left to end it; a writer waits up to 60 for others."""
PATIENCE = 30
ROUNDS = 64
"""Of the function that makes guessing a passphrase slow: about a second each."""


@dataclass(frozen=True)
class Wanted:
    """What a certificate is to say."""

    key: str
    """The public key, as a line."""
    identity: str
    serial: int
    principals: Sequence[str]
    after: datetime
    before: datetime
    sources: Sequence[str] = ()
    """None, of a host."""

    @property
    def is_host(self) -> bool:
        """Whose certificate it is."""
        return not self.sources


@dataclass(frozen=True)
class Agent:
    """An agent with the key of one authority."""

    environment: Mapping[str, str]
    public: str

    def certificate(self, wanted: Wanted) -> str:
        """Have a certificate signed, and read back whether it says what was wanted, and no more."""
        after, before = (each.astimezone(UTC).strftime("%Y%m%d%H%M%S") for each in (wanted.after, wanted.before))
        with workplace() as folder:
            authority = _file(folder, "ca.pub", self.public)
            key = _file(folder, "key.pub", wanted.key)
            options = ["-h"] if wanted.is_host else ["-O", "clear", "-O", "permit-pty"]
            if not wanted.is_host:
                options += ["-O", f"source-address={','.join(wanted.sources)}"]
            names = ["-I", wanted.identity, "-n", ",".join(wanted.principals), "-z", str(wanted.serial)]
            window = ["-V", f"{after}:{before}"]
            run(["ssh-keygen", "-q", "-s", str(authority), "-U", *names, *window, *options, str(key)], self.environment)
            signed = (folder / "key-cert.pub").read_text().strip()
        _prove(signed, wanted, self.public)
        return signed

    def signature(self, text: bytes, namespace: str) -> str:
        """Sign a text, for this use only."""
        with workplace() as folder:
            public = _file(folder, "key.pub", self.public)
            words = ["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-U", "-f", str(public)]
            signed = run(words, self.environment, text).decode()
            signers = _file(folder, "signers", f"we {self.public}")
            written = _file(folder, "signature", signed)
            words = ["ssh-keygen", "-Y", "verify", "-f", str(signers), "-I", "we", "-n", namespace, "-s", str(written)]
            try:
                run(words, self.environment, text)
            except AuthorityError as error:
                raise _unexpected() from error
            return signed


@contextmanager
def workplace() -> Iterator[Path]:
    """A folder that only we read, and that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="spse-access-") as folder:
        yield Path(folder)


@contextmanager
def agent(public: str, secret: Secret, *, file: Path | None = None, module: str = "") -> Iterator[Agent]:
    """An agent of our own with the key of this file, or of this token; it ends with us."""
    with workplace() as folder:
        socket = folder / "agent"
        environment = own_environment() | {"SSH_AUTH_SOCK": str(socket)}
        # It ends by itself a little after the command that it is started for, and that one ends with us, even if we are
        # killed. Modules of tokens it loads from the folders of the system only, whatever a ledger may say.
        words = ["ssh-agent", "-a", str(socket), "-t", str(LIFE), "sh", "-c", 'echo "$SSH_AGENT_PID"; exec cat']
        with subprocess.Popen(
            words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        ) as held:
            told = held.stdout.readline() if held.stdout else b""
            if not told.strip().isdigit():
                raise _failed("ssh-agent", "")
            try:
                add = ["-s", module] if module else ["-t", str(LIFE), str(file)]
                run(["ssh-add", "-q", *add], environment, _line(secret))
                yield Agent(environment, public)
            finally:
                os.kill(int(told), signal.SIGTERM)


def make_key(file: Path, secret: Secret, comment: str, rounds: int = ROUNDS) -> str:
    """Make a key pair, encrypted before it is written; its public key."""
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-a", str(rounds), "-C", comment, "-f", str(file)]
    run(words, own_environment(), _line(secret) * 2)
    return " ".join(file.with_name(f"{file.name}.pub").read_text().split()[:2])


def open_key(file: Path, secret: Secret) -> None:
    """Take the passphrase from a key file that was copied for use, in its place: it is open nowhere else."""
    run(["ssh-keygen", "-q", "-p", "-N", "", "-f", str(file)], own_environment(), _line(secret))


def token_keys(module: str) -> dict[str, str]:
    """The public keys of a token, by their labels."""
    told = run(["ssh-keygen", "-D", module], own_environment()).decode()
    lines = [line.split(maxsplit=2) for line in told.splitlines()]
    return {line[2]: f"{line[0]} {line[1]}" for line in lines if len(line) == 3}  # noqa: PLR2004 - kind, key, label


def revocation_list(sequence: int, serials: Mapping[str, Sequence[int]], whole: Sequence[str]) -> bytes:
    """The list of what was revoked: certificates by the authority that signed them, and authorities as a whole."""
    with workplace() as folder:
        target = folder / "krl"
        specification = _file(folder, "spec", "\n".join(f"key: {public}" for public in whole))
        run(["ssh-keygen", "-q", "-k", "-f", str(target), "-z", str(sequence), str(specification)], own_environment())
        for public, revoked in serials.items():
            authority = _file(folder, "ca.pub", public)
            specification.write_text("".join(f"serial: {serial}\n" for serial in sorted(revoked)))
            words = ["ssh-keygen", "-q", "-k", "-u", "-f", str(target), "-z", str(sequence), "-s", str(authority)]
            run([*words, str(specification)], own_environment())
        return target.read_bytes()


def own_environment() -> dict[str, str]:
    """Nothing of the caller's agent; moments in UTC; and whatever OpenSSH asks, it asks us."""
    kept = {key: value for key, value in os.environ.items() if key not in {"SSH_AUTH_SOCK", "SSH_AGENT_PID"}}
    return kept | {"TZ": "UTC", "LC_ALL": "C", "SSH_ASKPASS": str(ASKPASS), "SSH_ASKPASS_REQUIRE": "force"}


def run(words: Sequence[str], environment: Mapping[str, str], given: bytes = b"") -> bytes:
    """Run one of OpenSSH's programs; what it says when it fails becomes the message."""
    try:
        done = subprocess.run(
            words, input=given, capture_output=True, check=False, env=dict(environment), timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(words[0], type(error).__name__) from error
    if done.returncode != 0:
        raise _failed(words[0], done.stderr.decode(errors="replace").strip())
    return done.stdout


def _prove(signed: str, wanted: Wanted, public: str) -> None:
    """Trust no option that was passed to be understood: read what was signed."""
    identity = load_ssh_public_identity(signed.encode())
    if not isinstance(identity, SSHCertificate):
        raise _unexpected()
    try:
        identity.verify_cert_signature()
    except InvalidSignature as error:
        raise _unexpected() from error
    says = (
        identity.type is (SSHCertificateType.HOST if wanted.is_host else SSHCertificateType.USER),
        identity.key_id == wanted.identity.encode(),
        identity.serial == wanted.serial,
        sorted(identity.valid_principals) == sorted(each.encode() for each in wanted.principals),
        identity.valid_after == int(wanted.after.timestamp()),
        identity.valid_before == int(wanted.before.timestamp()),
        identity.critical_options == ({} if wanted.is_host else {b"source-address": ",".join(wanted.sources).encode()}),
        identity.extensions == ({} if wanted.is_host else {b"permit-pty": b""}),
        identity.signature_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) == public.encode(),
    )
    if not all(says):
        raise _unexpected()


def _unexpected() -> AuthorityError:
    return AuthorityError(
        detail=Said(
            "tanda tangan atau sertifikat tidak sesuai permintaan dan dibuang. Di token setiap kunci harus mempunyai "
            "--id sendiri; selain itu laporkan",
            "what was signed is not what was asked, and was thrown away. On a token each key needs an --id of its own; "
            "else report this",
        )
    )


def _failed(program: str, why: str) -> AuthorityError:
    last = why.splitlines()[-1] if why else ""
    # Asked to be quiet, it says nothing at all of a passphrase that does not fit.
    if program == "ssh-add" or "passphrase" in why:
        detail = Said(
            f"kata sandi atau PIN salah, atau kuncinya tidak ada. Periksa lalu ulangi ({program}: {last or '-'})",
            f"wrong passphrase or PIN, or no such key. Check it and try again ({program}: {last or '-'})",
        )
        return AuthorityError(detail=detail)
    detail = Said(
        f"{program} gagal: {last or 'tanpa pesan'}. Pasang openssh-client 9.1 atau lebih baru bila belum ada",
        f"{program} failed: {last or 'without a word'}. Install openssh-client 9.1 or newer if it is missing",
    )
    return AuthorityError(detail=detail)


def _file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content + "\n")
    return path


def _line(secret: Secret) -> bytes:
    return secret.revealed.encode() + b"\n"
