"""`python -m tests.year`: a year in a folder, to look at: `spse-ops web` with its ledger and its inventory."""

import time
from pathlib import Path

import click

from tests.year.make import make


@click.command()
@click.option("--lpse", default=600, show_default=True, help="So many offices.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A folder that is not there yet.")
def main(lpse: int, out: Path) -> None:
    """Make a ledger with a time series, an inventory and rules."""
    started = time.monotonic()
    year = make(out, lpse)
    click.echo(
        f"{year.url}: {len(year.offices)} LPSE, {year.events} events, {year.changes} changes, {year.samples} samples; "
        f"{time.monotonic() - started:.1f} s. Its now is {year.until.isoformat()}."
    )


if __name__ == "__main__":
    main()
