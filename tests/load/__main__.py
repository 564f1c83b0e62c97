"""Command line: python -m tests.load --url https://HOST/eproc4 --rate 50 --seconds 60 --out artifacts/load/NAME."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from tests.load.generator import Load
from tests.load.mix import Mix
from tests.load.plot import save

SHARE = click.FloatRange(0, 1)


@click.command()
@click.option("--url", required=True, help="An instance, as visitors reach it: https://HOST/eproc4.")
@click.option("--rate", default=50.0, show_default=True, type=click.FloatRange(0.1, 1000), help="Requests per second.")
@click.option("--seconds", default=60.0, show_default=True, type=click.FloatRange(1), help="How long.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="OUT.json and OUT.png are written.")
@click.option("--writes", default=Mix.writes, show_default=True, type=SHARE, help="Share of requests that write.")
@click.option("--fresh", default=Mix.fresh, show_default=True, type=SHARE, help="Share over a new connection.")
@click.option(
    "--certificate",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The server's certificate or its authority's. Without, any is taken.",
)
def main(
    url: str,
    rate: float,
    seconds: float,
    out: Path,
    writes: float,
    fresh: float,
    certificate: Path | None,
) -> None:
    """Load an instance, and show what became of its visitors. Ends early with Ctrl-C."""
    mix = Mix(writes=writes, fresh=fresh)
    with Load(url, rate, mix, certificate=certificate) as load:
        try:
            time.sleep(seconds)
        except KeyboardInterrupt:
            load.mark("Ctrl-C")
    save(load.result, out)
    click.echo(json.dumps(load.result.summary(), indent=2))
    click.echo(f"{out}.json {out}.png")


if __name__ == "__main__":
    main()
