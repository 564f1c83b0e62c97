"""Watching the fleet: one look at each host, what it means, what is kept of it, and when it was not there."""
