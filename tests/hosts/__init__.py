"""Real systemd hosts on one machine: `python -m tests.hosts --help`."""
