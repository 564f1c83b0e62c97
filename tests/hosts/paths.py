"""Where the test hosts live on this machine: two folders, and one network of their own."""

import ipaddress
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
RECIPE = Path(__file__).with_name("image")

STATE = Path("/var/lib/spse-lab")
"""Outlives a reboot of the machine: images (a cache), disks, keys, and what was changed on the machine."""

RUNTIME = Path("/run/spse-lab")
"""Gone with the last host."""

SOCKETS = RUNTIME / "ssh"
"""Open connections of Ansible; whoever runs it, root or not."""

SUBNET = ipaddress.IPv4Network(os.environ.get("SPSE_LAB_SUBNET", "10.213.0.0/22"))
GATEWAY = SUBNET[1]
FIRST_ADDRESS = 11
"""Hosts count up from here; the addresses below are free for a test's own use."""

LINK = ipaddress.IPv4Network((SUBNET.broadcast_address + 1, 30))
"""Joins the machine (first address) to the hosts' network (second)."""
