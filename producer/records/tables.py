"""All raw tables, as DDL and everything else derived from the records needs them."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from producer.records import KINDS, Batch, QuarantinedRow, QuarantineResolution
from producer.records.contract import Column, columns_of, ddl, defaults_of, not_null_columns_of


@dataclass(frozen=True, slots=True)
class RawTable:
    """One raw table: its columns in order, those never null, and what older rows get."""

    name: str
    description: str
    columns: dict[str, Column]
    not_null: tuple[str, ...]
    defaults: dict[str, Any]

    @property
    def ddl(self) -> str:
        """`create table if not exists`."""
        return ddl(self.name, self.columns, self.not_null)

    def added_column(self, name: str) -> str:
        """`alter table`: brings a column to a table of an older warehouse.

        DuckDB adds no column that is `not null`; rows written before it was known get its default.
        """
        default = f" default '{self.defaults[name]}'" if name in self.defaults else ""
        return (
            f"alter table main.{self.name} add column if not exists "
            f'"{name}" {self.columns[name].sql_type.value.lower()}{default}'
        )


def raw_tables() -> dict[str, RawTable]:
    """Every raw table by name: one of each kind, then those about loads."""
    kinds = [
        RawTable(
            record.TABLE,
            _first_line(record),
            columns_of(record),
            not_null_columns_of(record),
            defaults_of(record),
        )
        for record in KINDS.values()
    ]
    books = [
        _book("raw_quarantine", QuarantinedRow),
        _book("raw_quarantine_resolutions", QuarantineResolution),
        _book("raw_batches", Batch),
    ]
    return {table.name: table for table in kinds + books}


def _book(name: str, record: type[QuarantinedRow | QuarantineResolution | Batch]) -> RawTable:
    """A table about loads: it has neither versions nor an origin of its own."""
    columns = {field.name: field.metadata["column"] for field in dataclasses.fields(record)}
    not_null = tuple(column for column, rules in columns.items() if rules.required)
    return RawTable(name, _first_line(record), columns, not_null, {})


def _first_line(record: type) -> str:
    return (record.__doc__ or "").split("\n", 1)[0]
