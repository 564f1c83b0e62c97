"""Whatever takes part in changes is killed, at any moment; and what becomes of the changes."""
