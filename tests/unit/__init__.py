"""The pure parts, without a host."""
