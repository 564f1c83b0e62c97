"""Offices and databases that are broken on purpose."""

from tests.desk.conftest import place, postgres, url

__all__ = ["place", "postgres", "url"]
