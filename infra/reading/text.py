"""Values and tables as text. Nothing is ever cut, rounded or wrapped."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from rich.cells import cell_len

from producer.common.text import escaped

_GAP = "  "


def as_text(value: Any) -> str:
    """One value on one line.

    Control characters are shown, not obeyed: a value must neither break a table nor steer a
    terminal.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return escaped(str(value))


def table_lines(
    names: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[bool] | None = None
) -> Iterator[str]:
    """A table in aligned columns: the names, a rule, the rows. As wide as it has to be.

    Args:
        names: The names of the columns.
        rows: Their values.
        right: Which columns stand at the right; by default those of numbers.
    """
    cells = [[as_text(value) for value in row] for row in rows]
    header = [as_text(name) for name in names]
    widths = [max(map(cell_len, column)) for column in zip(header, *cells, strict=True)]
    aligned = right or [_is_of_numbers([row[i] for row in rows]) for i in range(len(names))]
    yield _line(header, widths, aligned)
    yield _GAP.join("-" * width for width in widths)
    for row in cells:
        yield _line(row, widths, aligned)


def _is_of_numbers(column: Sequence[Any]) -> bool:
    values = [value for value in column if value is not None]
    return bool(values) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values
    )


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, width, is_right in zip(cells, widths, right, strict=True):
        gap = " " * (width - cell_len(cell))
        padded.append(gap + cell if is_right else cell + gap)
    return _GAP.join(padded).rstrip()
