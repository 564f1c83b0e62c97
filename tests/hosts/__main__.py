"""`python -m tests.hosts`: bring up test hosts, break them, mend them, take them down."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import click
from click.core import ParameterSource

from tests.hosts import faults, image, machine, shell
from tests.hosts.host import Host
from tests.hosts.lab import Lab, Wanted, labs
from tests.hosts.paths import REPOSITORY, STATE

INVENTORY = REPOSITORY / "inventory" / "lab" / "hosts.yml"


@click.group()
@click.option("--lab", "name", default="lab", show_default=True, help="Which group of hosts.")
@click.pass_context
def main(context: click.Context, name: str) -> None:
    """Real systemd hosts on this machine, for tests and for trying things out."""
    if os.geteuid() != 0:
        os.execvp(
            "sudo",
            [
                "sudo",
                "--preserve-env=PATH,SPSE_LAB_SUBNET",
                sys.executable,
                "-m",
                "tests.hosts",
                *sys.argv[1:],
            ],
        )
    context.obj = Lab(name)


@main.command()
@click.argument("names", nargs=-1)
@click.option("--count", type=click.IntRange(1, 1000), help="So many hosts, named lpse-01 and on, in place of names.")
@click.option("--image", "image_name", default="debian12", show_default=True, type=click.Choice(sorted(image.IMAGES)))
@click.option("--memory", default="1g", show_default=True, help="Memory of each host.")
@click.option("--disk", help="Give each host a disk of this size (such as 2G), so that it can be filled.")
@click.pass_obj
def up(lab: Lab, names: tuple[str, ...], count: int | None, image_name: str, memory: str, disk: str | None) -> None:
    """Bring up hosts and wait until they let us in."""
    names = names or tuple(f"lpse-{number:02}" for number in range(1, (count or 1) + 1))
    chosen = image.IMAGES[image_name]
    started = time.monotonic()
    machine.prepare()
    if not chosen.is_built:
        click.echo(f"Building the image {image_name} ({chosen.purpose}), once…", err=True)
        chosen.build()
        click.echo(f"  built in {time.monotonic() - started:.0f} s", err=True)
        started = time.monotonic()
    hosts = lab.up(names, Wanted(image_name, memory, disk))
    _keep_inventory(lab)
    for host in hosts:
        click.echo(f"{host.name:24} {host.address}")
    click.echo(f"{len(hosts)} up in {time.monotonic() - started:.1f} s", err=True)


@main.command("list")
@click.pass_obj
def list_(lab: Lab) -> None:
    """Show the hosts of the lab."""
    for host in lab.hosts():
        click.echo(f"{host.name:24} {host.address:15} {'on' if host.is_running else 'off'}")


@main.command()
@click.pass_obj
def inventory(lab: Lab) -> None:
    """Print the hosts as an Ansible inventory."""
    click.echo(json.dumps(lab.inventory(), indent=2))


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def ssh(lab: Lab, name: str, command: tuple[str, ...]) -> None:
    """Log in to a host, or run a command there."""
    host = lab.host(name)
    sys.exit(subprocess.call(["ssh", *host.ssh_options, f"ansible@{host.address}", *command]))


@main.command()
@click.argument("names", nargs=-1)
@click.option("--all", "every", is_flag=True, help="The hosts of all labs.")
@click.pass_context
def down(context: click.Context, names: tuple[str, ...], *, every: bool) -> None:
    """Take down all hosts of the lab, or those named. Their state is lost."""
    lab: Lab = context.obj
    of_one_lab = context.find_root().get_parameter_source("name") is ParameterSource.COMMANDLINE
    if every and (names or of_one_lab):
        raise click.UsageError("--all takes down every lab of this machine; leave out --all, or --lab and the names.")
    for name in names:
        lab.host(name)
    for one in labs() if every else [lab]:
        gone = one.down(names or None)
        click.echo(f"{one.name}: took down {', '.join(gone) or 'nothing'}")
        _keep_inventory(one)


@main.command()
@click.pass_context
def clean(context: click.Context) -> None:
    """Take down everything and drop the images, keys and settings too."""
    context.invoke(down, names=(), every=True)
    machine.restore()
    shell.run("rm", "-rf", "--one-file-system", str(STATE))


@main.group()
def fault() -> None:
    """Break a host. All but the reboot last until `heal`."""


def _plain(action: Callable[[Host], None]) -> click.Command:
    """The command of a fault that needs to know nothing but the host."""

    @click.command(action.__name__.replace("_", "-"), help=action.__doc__)
    @click.argument("name")
    @click.pass_obj
    def command(lab: Lab, name: str) -> None:
        action(lab.host(name))

    return command


for _action in (faults.reboot, faults.power_cut, faults.network_cut, faults.disk_full, faults.hang):
    fault.add_command(_plain(_action))


@fault.command()
@click.argument("name")
@click.option("--rate", default="1mbit", show_default=True)
@click.pass_obj
def slow_network(lab: Lab, name: str, rate: str) -> None:
    """Slow both directions down to a rate."""
    faults.slow_network(lab.host(name), rate)


@fault.command()
@click.argument("name")
@click.option("--percent", default=30, show_default=True, type=click.IntRange(1, 99))
@click.pass_obj
def lossy_network(lab: Lab, name: str, percent: int) -> None:
    """Lose a share of the packets in both directions."""
    faults.lossy_network(lab.host(name), percent)


@fault.command()
@click.argument("name")
@click.argument("other")
@click.pass_obj
def partition(lab: Lab, name: str, other: str) -> None:
    """Part two hosts from each other."""
    faults.partition(lab.host(name), lab.host(other))


@fault.command()
@click.argument("name")
@click.argument("unit")
@click.argument("seconds", type=int)
@click.pass_obj
def clock_skew(lab: Lab, name: str, unit: str, seconds: int) -> None:
    """Put one service's clock ahead (or back: `-- -60`). Restarts the service."""
    faults.clock_skew(lab.host(name), unit, seconds)


@main.command()
@click.argument("name")
@click.pass_obj
def heal(lab: Lab, name: str) -> None:
    """Undo every fault of a host and wait until it is up."""
    faults.heal(lab.host(name))


def _keep_inventory(lab: Lab) -> None:
    """The lab that people use has its inventory as a file; a test's lab keeps its hands off that."""
    if lab != Lab():
        return
    if not lab.hosts():
        INVENTORY.unlink(missing_ok=True)
        return
    INVENTORY.parent.mkdir(parents=True, exist_ok=True)
    # JSON is YAML, and only programs read this file.
    INVENTORY.write_text(json.dumps(lab.inventory(), indent=2) + "\n")


if __name__ == "__main__":
    main(prog_name="python -m tests.hosts")
