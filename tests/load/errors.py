"""What can go wrong with a request."""


class BrokenError(Exception):
    """There is no whole answer."""

    def __init__(self, message: str, *, is_silent: bool = False) -> None:
        super().__init__(message)
        self.is_silent = is_silent
        """Whether not one byte of an answer had come."""
