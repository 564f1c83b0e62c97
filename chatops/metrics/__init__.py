"""Figures for Prometheus, with the rules that raise an alarm by them and the board that shows them."""
