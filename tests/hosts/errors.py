"""What can go wrong with the test hosts."""

import click


class LabError(click.ClickException):
    """Something about the test hosts did not work; the message says what to do next."""
