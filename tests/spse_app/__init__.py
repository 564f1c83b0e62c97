"""The stand-in: a small real Java application with the outside of SPSE, for testing the roles that operate it."""
