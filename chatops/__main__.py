"""`python -m chatops` is `spse-ops`, for whoever knows the checkout but not where the command was put."""

from chatops.cli import main

main()
