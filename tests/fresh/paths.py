"""Where the fresh machine lives on this one. One at a time: its network and its names are fixed."""

import ipaddress
from pathlib import Path

STATE = Path("/var/lib/spse-fresh")
"""The archives of the roots stay here, as a cache."""

ROOT = STATE / "root"
NETWORK = STATE / "network"
"""A file that holds the network namespace."""

GROUP = "spse-fresh"
INTERFACE = "spse-fresh0"
TABLE = "spse_fresh"
LINK = ipaddress.IPv4Network("10.214.0.0/30")
"""Joins the machine (first address) to the fresh one (second)."""
