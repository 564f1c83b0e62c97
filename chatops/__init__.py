"""spse-ops: ask for, approve, run and record changes on SPSE servers."""
