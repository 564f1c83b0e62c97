"""Rules of the house that a machine can hold: it parses the tree."""
