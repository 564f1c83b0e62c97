"""`spse-ops twin`: an offline Slack on this machine, to try and to practise with."""

from pathlib import Path

import click

from chatops.commands.command import Command, Whole
from chatops.words import Said

MANIFEST = Path(__file__).parents[1] / "slack" / "manifest.yml"
PORT = 8080


@click.command(cls=Command, short_help="Slack luring di mesin ini, untuk berlatih")
@click.option("--host", default="127.0.0.1", metavar="ALAMAT", help="Alamat (bawaan 127.0.0.1: hanya mesin ini).")
@click.option("--port", type=Whole(), default=PORT, metavar="ANGKA", help=f"Port (bawaan {PORT}; 0: yang kosong).")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=MANIFEST,
    metavar="BERKAS",
    help="Manifes aplikasi di dalamnya (bawaan: manifes bot ini).",
)
def twin(host: str, port: int, manifest: Path, *, as_json: bool, language: str) -> None:
    """Menyalakan Slack luring: tanpa jaringan, tanpa token, semua nama karangan; semuanya hilang bila dimatikan."""
    # A web server that no other command needs.
    from chatops.twin.manifest import Manifest  # noqa: PLC0415
    from chatops.twin.server import listen, server  # noqa: PLC0415
    from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET  # noqa: PLC0415

    del as_json
    listener = listen(host, port)
    address = "http://{}:{}".format(*listener.getsockname()[:2])
    click.echo(Said(f"Halaman obrolan: {address}/", f"Chat page: {address}/").to(language))
    click.echo(Said("Untuk bot, di terminal lain:", "For the bot, in another terminal:").to(language))
    for name, value in {
        "SPSE_OPS_SLACK_API": f"{address}/api/",
        "SPSE_OPS_SLACK_BOT_TOKEN": BOT_TOKEN,
        "SPSE_OPS_SLACK_APP_TOKEN": APP_TOKEN,
        "SPSE_OPS_SLACK_SIGNING_SECRET": SIGNING_SECRET,
    }.items():
        click.echo(f"  export {name}={value}")
    server(Manifest.read(manifest), listener).run(sockets=[listener])
