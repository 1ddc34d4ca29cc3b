"""Pieces of SQL text. Names come from the raw contract; values of users are always bound."""

from collections.abc import Iterable


def identifier(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes."""
    return "'" + text.replace("'", "''") + "'"


def listed(parts: Iterable[str]) -> str:
    """Items of a select list, one a line."""
    return ",\n    ".join(parts)


def identifiers(names: Iterable[str], *, of: str = "") -> str:
    """A select list of columns, of a relation when one is named."""
    prefix = f"{of}." if of else ""
    return listed(prefix + identifier(name) for name in names)


def same(left: str, right: str, names: Iterable[str]) -> str:
    """True where two rows are alike in every column named; nulls are alike."""
    return " and ".join(
        f"{left}.{identifier(name)} is not distinct from {right}.{identifier(name)}"
        for name in names
    )


def differing(left: str, right: str, names: Iterable[str]) -> str:
    """The names of the columns in which two rows differ, as one text."""
    cases = (
        f"case when {left}.{identifier(name)} is distinct from {right}.{identifier(name)} "
        f"then {literal(name)} end"
        for name in names
    )
    return f"concat_ws(', ', {', '.join(cases)})"
