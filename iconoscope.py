"""The command `iconoscope`."""


def main() -> int:
    """Entry point."""
    return 0
