"""A machine that has nothing yet, to prove that a clone of this checkout sets itself up."""
