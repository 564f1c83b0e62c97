"""Buttons and menus."""
