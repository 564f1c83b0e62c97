"""Updates of the operating system on a host with SPSE."""
