"""Signatures of viruses for a test host, which reaches no mirror: they know the EICAR test file and nothing else."""

import hashlib
import io
import tarfile
import time
from pathlib import Path

# In two parts, so that no antivirus takes this file for it: harmless, and what every antivirus agrees to find.
EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Uji.Eicar"
HEADER = 512


def write(folder: Path) -> Path:
    """`daily.cud`, in ClamAV's form for databases that are not its own and so not signed by it."""
    content = EICAR.encode()
    known = f"{hashlib.md5(content, usedforsecurity=False).hexdigest()}:{len(content)}:{NAME}\n"
    made = int(time.time())
    date = time.strftime("%d %b %Y %H-%M +0000", time.gmtime(made))
    head = f"ClamAV-VDB:{date}:1:1:90:x:x:uji:{made}"
    content = known.encode()
    info = f"{head}\ndaily.hdb:{len(content)}:{hashlib.sha256(content).hexdigest()}\n"
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, text in (("COPYING", "\n"), ("daily.info", info), ("daily.hdb", known)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    file = folder / "daily.cud"
    file.write_bytes(head.ljust(HEADER).encode() + archive.getvalue())
    return file
