"""How the rows of a query are written."""

from enum import StrEnum


class Format(StrEnum):
    """The formats a user can ask for."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
