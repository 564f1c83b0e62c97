"""From the command that a person types to a host and back."""
