"""Upgrades on real hosts: those that end well, those that are made to fail, and those that are cut."""
