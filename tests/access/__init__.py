"""LKPP's way into a host, over real ssh."""
