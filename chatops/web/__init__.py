"""Pages to look at: what is due, how the fleet stands, what was done. They change nothing but who is logged in."""
