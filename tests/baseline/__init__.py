"""Whether the baseline holds what it promises, on a host with SPSE and everything that belongs to it."""
