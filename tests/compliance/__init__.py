"""The baseline's proofs: the same on test hosts and in production. They only read, and need nothing on the host."""
