"""Documents and tables that people read, made from what is known."""
