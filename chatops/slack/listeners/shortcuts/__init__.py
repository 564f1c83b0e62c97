"""Shortcuts of messages."""
