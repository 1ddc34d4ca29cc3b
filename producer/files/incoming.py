"""What a reader of files hands on: the rows of one file, unparsed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from producer.common.errors import UnusableFile, UnusableInput
from producer.common.landing import matched_columns
from producer.records.contract import Discipline, Record, file_columns_of

MOST_NAMES = 30


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """The rows of a file."""

    rows: pa.Table
    """Its columns under their own names, and source_row: 1 for the first row of data."""
    ignored_columns: tuple[str, ...] = ()
    rejected: pa.Table | None = None
    """Rows that could not be cut into columns: source_row, reason, row_data."""
    rows_are_lines: bool = False
    """Row n is certain to be line n + 1."""


def known_columns(
    source: str, record: type[Record], names: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The name in the file of each contract column it has, and the names nobody knows.

    Raises:
        UnusableFile: A name stands there twice, or two names mean the same column.
    """
    counts = Counter(name.strip().lower() for name in names)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise UnusableFile(f"{source}: the header has {', '.join(twice)} more than once")
    try:
        sources, _ = matched_columns(record, dict.fromkeys(names, ""))
    except UnusableInput as error:
        raise UnusableFile(f"{source}: {error}") from error
    found = {column: name for column, (name, _) in sources.items()}
    return found, tuple(name for name in names if name not in found.values())


def check_required(
    source: str, record: type[Record], rows: pa.Table, found: dict[str, str]
) -> None:
    """Raise when the file lacks a column that its rows need.

    Raises:
        UnusableFile: With all the missing columns, and those that are there.
    """
    columns = file_columns_of(record)
    needed = [(name,) for name, rules in columns.items() if rules.required]
    if _all_cancelled(record, rows, found):
        needed = [(name,) for name in record.IDENTITY if columns[name].required]
    missing = [
        " or ".join(accepted)
        for names in (*needed, *record.NEEDS_ONE_OF)
        if not found.keys() & set(names)
        for accepted in [[a for name in names for a in (name, *columns[name].aliases)]]
    ]
    if missing:
        there = ", ".join(rows.column_names[:MOST_NAMES]) or "none that is known"
        if rows.num_columns > MOST_NAMES:
            there += f" and {rows.num_columns - MOST_NAMES} more"
        raise UnusableFile(f"{source}: missing columns: {', '.join(missing)} (it has: {there})")


def _all_cancelled(record: type[Record], rows: pa.Table, found: dict[str, str]) -> bool:
    """A file of nothing but CANCEL needs no more than which event and version."""
    if record.DISCIPLINE is not Discipline.EVENT or "event_type" not in found or not rows.num_rows:
        return False
    event_types = pc.utf8_upper(
        pc.utf8_trim_whitespace(pc.cast(rows[found["event_type"]], pa.string()))
    )
    return bool(pc.all(pc.equal(event_types, "CANCEL"), skip_nulls=False).as_py())
