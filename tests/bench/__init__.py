"""How long things take, beside something real."""
