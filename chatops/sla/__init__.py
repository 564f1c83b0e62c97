"""How long something may take, and why: calendar, services, priority and clock. Reads its own data, nothing else."""
