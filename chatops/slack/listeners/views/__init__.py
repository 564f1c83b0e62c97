"""Modals that were sent."""
