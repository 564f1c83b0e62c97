"""Playbooks and roles on real hosts, by Molecule."""
