"""The desk and its workers, on this machine itself in place of hosts."""
