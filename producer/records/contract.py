"""The words in which a raw table is described.

A raw table is one frozen dataclass. Its fields carry a `Column`: the SQL type, whether a file must
have it, what a value may be and what it means. DDL, Avro schemas, the checks of a user's files and
the check of the dbt sources are all derived from these, so nothing about a raw table is said twice.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

LARGEST_AMOUNT = 10**15
"""Of money and units: more is a slip, and sums of it would not fit into a decimal."""
LARGEST_PRICE = 10**12
LARGEST_MULTIPLIER = 10**6
LONGEST_ID = 256
"""Characters of an id, a symbol or a word: they are joined, compared and repeated every day."""
LONGEST_PROSE = 4_096
"""Characters of a name or a description."""

_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class SqlType(StrEnum):
    """The column types of raw tables. Money and quantities are exact."""

    TEXT = "VARCHAR"
    QUANTITY = "DECIMAL(28,8)"
    AMOUNT = "DECIMAL(28,8)"
    PRICE = "DECIMAL(28,10)"
    DATE = "DATE"
    TIMESTAMP = "TIMESTAMP"
    INTEGER = "INTEGER"
    BIGINT = "BIGINT"

    @property
    def precision(self) -> int | None:
        """Digits of a decimal type, None for every other type."""
        found = _DECIMAL.fullmatch(self.value)
        return int(found[1]) if found else None

    @property
    def scale(self) -> int | None:
        """Decimal places of a decimal type, None for every other type."""
        found = _DECIMAL.fullmatch(self.value)
        return int(found[2]) if found else None


class Discipline(StrEnum):
    """How several rows about the same thing are resolved (interfaces.md, event rules)."""

    EVENT = "event"
    """Versioned: the first row received of a version stays, the highest version wins."""

    OBSERVATION = "observation"
    """Measured: a later, different value is a fix, the latest ingested_at wins."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a raw table."""

    sql_type: SqlType
    description: str
    required: bool = False
    """A file without the column is unusable; a row without a value is quarantined."""
    minimum: int | None = None
    above: int | None = None
    maximum: int | None = None
    negative_hint: str = ""
    """What says that a number is negative, or what to do with one."""
    choices: tuple[str, ...] = ()
    misplaced: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Values that are often given and belong elsewhere, each with where."""
    pattern: str | None = None
    """A regular expression (RE2: no lookaround) that the whole value must match."""
    pattern_hint: str = ""
    """The pattern in words that go on after "must be"."""
    spellings: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Other ways to write a value, each with what it stands for; upper and lower case differ."""
    in_capitals: bool = False
    """True for a code that is kept in capitals and may come in small letters."""
    longest: int = LONGEST_ID
    """Characters a text may have."""
    free_text: bool = False
    """True for prose, which may hold line breaks and tabs."""
    aliases: tuple[str, ...] = ()
    """Other names under which a file may bring the column."""
    in_files: bool = True
    """False for what only the warehouse writes (batch_id, source_row)."""
    in_payload: bool = True
    """False for what does not make two rows of one event different."""


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule over several columns: a row for which `broken_when` is true is quarantined."""

    column: str
    broken_when: str
    """SQL over the columns of the record."""
    reason: str
    """What is wrong, in words that go on after the column's name."""


def column(sql_type: SqlType, description: str, *, default: Any = None, **rules: Any) -> Any:
    """Declare a field of a record: a dataclass field that carries its `Column`."""
    return dataclasses.field(
        default=default, metadata={"column": Column(sql_type, description, **rules)}
    )


def text(description: str, **rules: Any) -> Any:
    """A VARCHAR column."""
    return column(SqlType.TEXT, description, **rules)


MINOR_UNITS = {"GBp": "GBX", "GBx": "GBX", "ZAc": "ZAC", "ILa": "ILA"}
"""How feeds write hundredths of a pound, a rand and a shekel (dbt/seeds/minor_units.csv)."""


def currency(description: str, **rules: Any) -> Any:
    """An ISO 4217 currency code (or a crypto currency's), in capitals."""
    return text(
        description,
        # Small and capital letters mixed are another unit: of no other do we know which.
        spellings=MINOR_UNITS,
        pattern="[A-Z]{3,5}|[a-z]{3,5}",
        pattern_hint="a currency code such as USD",
        in_capitals=True,
        **rules,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What every raw row carries: its state, when we knew it, and where it came from."""

    KIND: ClassVar[str]
    """The word `warehouse ingest` knows it by."""
    TABLE: ClassVar[str]
    IDENTITY: ClassVar[tuple[str, ...]]
    """The columns that say which thing a row is about (for an event without its version)."""
    DISCIPLINE: ClassVar[Discipline]
    NEEDS_ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """A file without any column of such a group is unusable."""
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = ()
    TELLS_APART: ClassVar[str] = ""
    """What a second row of one file under one identity lacks. Such a row is quarantined with these
    words; where there are none, an equal row is a repeat wherever it stands."""

    event_type: str = text(
        "NEW, CORRECT (a later version of the event) or CANCEL (as if it had never been).",
        default="NEW",
        choices=("NEW", "CORRECT", "CANCEL"),
    )
    version: int = column(
        SqlType.INTEGER, "Counts the states of one event, from 1.", default=1, minimum=1
    )
    ingested_at: datetime | None = column(
        SqlType.TIMESTAMP, "When we knew (UTC): the time of the load, unless the file says.",
        in_payload=False,
    )  # fmt: skip
    batch_id: str | None = text("The load that brought the row.", in_files=False, in_payload=False)
    source_row: int | None = column(
        SqlType.BIGINT,
        "Row of the file, 1 for the first row of data; order within a batch.",
        in_files=False,
        in_payload=False,
    )


EVENT_RULES = (
    RowRule(
        "version",
        "event_type in ('CORRECT', 'CANCEL') and version < 2",
        "must be 2 or more for a CORRECT or CANCEL",
    ),
)


def reserved_symbols(column: str) -> RowRule:
    """The names that no symbol may have, in the column that names one."""
    return RowRule(
        column,
        f"starts_with(upper({column}), 'CASH:')",
        "must not begin with CASH:, which names the cash of a book",
    )


RESERVED_SYMBOLS = reserved_symbols("symbol")
LINEAGE = tuple(field.name for field in dataclasses.fields(Record))
STATE = ("event_type", "version")


def columns_of(record: type[Record]) -> dict[str, Column]:
    """All columns of a raw table in their order: its own first, then the shared ones."""
    fields = {field.name: field.metadata["column"] for field in dataclasses.fields(record)}
    own = {name: col for name, col in fields.items() if name not in LINEAGE}
    return own | {name: fields[name] for name in LINEAGE}


def file_columns_of(record: type[Record]) -> dict[str, Column]:
    """The columns a user's file may bring. Observations have no versions to bring."""
    hidden = STATE if record.DISCIPLINE is Discipline.OBSERVATION else ()
    return {
        name: col for name, col in columns_of(record).items() if col.in_files and name not in hidden
    }


def payload_of(record: type[Record]) -> tuple[str, ...]:
    """The columns that make two rows of the same thing different."""
    identity = set(record.IDENTITY) | {"version"}
    return tuple(
        name for name, col in columns_of(record).items() if col.in_payload and name not in identity
    )


def defaults_of(record: type[Record]) -> dict[str, Any]:
    """The value a column has where a file or row says nothing, for columns that have one."""
    return {
        field.name: field.default
        for field in dataclasses.fields(record)
        if field.default is not None and field.default is not dataclasses.MISSING
    }


def not_null_columns_of(record: type[Record]) -> tuple[str, ...]:
    """Columns without which a raw row means nothing: its identity, its state, its origin."""
    columns = columns_of(record)
    return tuple(
        name
        for name in columns
        if name in LINEAGE or (name in record.IDENTITY and columns[name].required)
    )


def ddl(table: str, columns: dict[str, Column], not_null: Sequence[str]) -> str:
    """`create table if not exists` for one raw table."""
    lines = [
        f'    "{name}" {col.sql_type.value.lower()}{" not null" if name in not_null else ""}'
        for name, col in columns.items()
    ]
    return f"create table if not exists main.{table} (\n" + ",\n".join(lines) + "\n)"
