"""Choices that are looked up while somebody types."""
