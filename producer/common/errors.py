"""What can go wrong with a warehouse, in words a user can act on."""

from producer.common.text import escaped


class WarehouseError(Exception):
    """An error whose text is for the user; `exit_code` is what a command ends with."""

    exit_code = 1


class LockNotHad(WarehouseError):  # noqa: N818 - says what happened
    """Another process held the database for longer than we were willing to wait."""

    exit_code = 1


class UnusableInput(WarehouseError):  # noqa: N818 - says what happened
    """What we were given cannot be used at all."""

    exit_code = 2


class UnusableDatabase(UnusableInput):
    """The path is no DuckDB database that we can open."""


class UnusableFile(UnusableInput):
    """A user's file of which no row can be read; the text is one line, whatever the file holds."""

    def __init__(self, text: str) -> None:
        """Take a text that may quote the file."""
        super().__init__(escaped(text))


class InvalidEvent(UnusableInput, ValueError):  # noqa: N818 - says what happened
    """A producer wrote an event that breaks the raw contract; it is kept in raw_quarantine."""
