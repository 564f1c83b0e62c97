"""Tests, and the beds and opponents that they need."""
