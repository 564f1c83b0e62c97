"""Restore points: taken under load, cut in the middle, attacked, and brought back."""
