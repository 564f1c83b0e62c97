"""What judges that others wrote say of a host, before and after the baseline."""
