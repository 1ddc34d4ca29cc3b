"""What is in the warehouse, how fresh it is, what was kept out, what is published."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from infra.orchestration.build_log import LoggedBuild, last_build
from infra.orchestration.building import EXCEPTIONS, listing_line
from infra.orchestration.missing_rates import MODEL, QUERY, MissingRate, missing_rates
from infra.orchestration.publishing import PublishedVersions, moment_of
from infra.reading.quarantine import rejected_rows_sql
from infra.reading.text import table_lines
from producer.common import database as databases
from producer.common.errors import LockNotHad
from producer.records import KINDS

# A build holds the file for long; a producer or a load for moments.
PATIENCE_SECONDS = 3.0

# When what a row is about happened. Accounts and instruments are not events.
_EVENT_TIMES = {
    "raw_trades": "executed_at",
    "raw_cash_events": '"timestamp"',
    "raw_prices": 'coalesce("timestamp", date)',
    "raw_corporate_actions": "ex_date",
    "raw_security_transfers": '"timestamp"',
    "raw_fx_rates": "date",
}


@dataclass(frozen=True, slots=True)
class RawTable:
    """How full and how fresh one raw table is."""

    name: str
    row_count: int
    last_event_at: datetime | None
    last_load_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuarantineReason:
    """Rows kept out for one reason."""

    kind: str
    column: str | None
    row_count: int
    example: str


@dataclass(frozen=True, slots=True)
class ExceptionReason:
    """Records that the last build did not book, or booked with a doubt, for one reason."""

    record_type: str
    reason: str
    is_booked: bool
    record_count: int
    example: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What one database file holds."""

    raw_tables: tuple[RawTable, ...]
    quarantine: tuple[QuarantineReason, ...]
    exceptions: tuple[ExceptionReason, ...]
    missing_rates: tuple[MissingRate, ...]
    last_build: LoggedBuild | None


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a warehouse."""

    database: Path
    contents: Contents | None
    note: str | None
    """Why the contents are missing, or not of this moment."""
    current: str | None
    versions: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """The state for a person."""
        yield f"database   {self.database}"
        if self.note:
            yield f"note       {self.note}"
        yield f"published  {self.current or 'nothing yet'}"
        earlier = [version for version in self.versions if version != self.current]
        if earlier:
            yield f"also kept  {', '.join(earlier)}"
        if self.contents:
            yield f"last build {_build_line(self.contents.last_build)}"
            yield from _contents_lines(self.contents, is_published=self._is_published)

    @property
    def _is_published(self) -> bool:
        """Whether the version in force is of the last build."""
        build = self.contents.last_build if self.contents else None
        if build is None or build.finished_at is None or self.current is None:
            return False
        return build.is_publishable and moment_of(self.current) >= build.finished_at


def status(database: Path, *, wait_seconds: float = PATIENCE_SECONDS) -> Status:
    """Look at a warehouse without changing it.

    A database that another process holds (a build is running) is not waited for: the published
    copy is looked at instead, and the note says so.
    """
    contents, note = _look(database, wait_seconds)
    versions = PublishedVersions(database)
    return Status(database, contents, note, versions.current(), tuple(versions.names()))


def _look(database: Path, wait_seconds: float) -> tuple[Contents | None, str | None]:
    if not database.exists():
        return None, "there is no database yet: `warehouse init` makes one"
    try:
        with databases.connection(database, read_only=True, wait_seconds=wait_seconds) as live:
            return _contents(live), None
    except LockNotHad:
        pass
    versions = PublishedVersions(database)
    if versions.current() is None:
        return None, "another process holds the database, and nothing is published yet"
    with closing(duckdb.connect(versions.current_file(), read_only=True)) as published:
        return _contents(published), "another process holds the database: this is what is published"


def _contents(connection: duckdb.DuckDBPyConnection) -> Contents:
    present = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name in ('main', 'main_facts')"
        ).fetchall()
    }
    tables = [record.TABLE for record in KINDS.values() if record.TABLE in present]
    return Contents(
        tuple(raw_table(connection, table) for table in tables),
        open_quarantine(connection) if "raw_quarantine" in present else (),
        _exceptions(connection) if EXCEPTIONS in present else (),
        missing_rates(connection.execute(QUERY).fetchall()) if MODEL in present else (),
        last_build(connection),
    )


def raw_table(connection: duckdb.DuckDBPyConnection, table: str) -> RawTable:
    """How full and how fresh one raw table is."""
    event_time = _EVENT_TIMES.get(table, "null")
    row: Any = connection.execute(
        f"select count(*), max(cast({event_time} as timestamp)), max(ingested_at) from main.{table}"  # noqa: S608 - names of our own
    ).fetchone()
    return RawTable(table, *row)


def open_quarantine(connection: duckdb.DuckDBPyConnection) -> tuple[QuarantineReason, ...]:
    """What is open, by kind and column: a reason quotes the value, so that no two need be alike."""
    rows = connection.execute(
        f"""
        select kind, "column", count(*), arg_max(reason, (quarantined_at, batch_id, "row"))
        from ({rejected_rows_sql(connection)})
        where state = 'open'
        group by kind, "column"
        order by count(*) desc, kind, "column"
        """  # noqa: S608 - our own SQL
    ).fetchall()
    return tuple(QuarantineReason(*row) for row in rows)


def _exceptions(connection: duckdb.DuckDBPyConnection) -> tuple[ExceptionReason, ...]:
    rows = connection.execute(
        f"""
        select record_type, reason, is_booked, count(*), min(record_id)
        from main_facts.{EXCEPTIONS}
        group by record_type, reason, is_booked
        order by is_booked, count(*) desc, record_type, reason
        """  # noqa: S608 - a name of our own
    ).fetchall()
    return tuple(ExceptionReason(*row) for row in rows)


def _build_line(build: LoggedBuild | None) -> str:
    if build is None:
        return "none yet"
    part = f", of {build.selection} only" if build.selection is not None else ""
    if build.finished_at is None:
        return f"began {build.started_at:%Y-%m-%d %H:%M:%S} UTC and has not finished{part}"
    counts = (
        f"tests passed: {build.tests_passed:,}, warned: {build.tests_warned:,},"
        f" failed: {build.tests_failed:,}"
    )
    line = f"{build.status} at {build.finished_at:%Y-%m-%d %H:%M:%S} UTC{part}; {counts}"
    return f"{line}\n{build.error}" if build.error else line


def _contents_lines(contents: Contents, *, is_published: bool) -> Iterator[str]:
    yield ""
    yield from table_lines(
        ("raw table", "rows", "last event", "last load"),
        [(t.name, t.row_count, t.last_event_at, t.last_load_at) for t in contents.raw_tables],
    )
    yield ""
    if contents.quarantine:
        yield from table_lines(
            ("quarantined", "column", "rows", "latest reason"),
            [(q.kind, q.column, q.row_count, q.example) for q in contents.quarantine],
        )
        yield "all of them: warehouse quarantine list"
    else:
        yield "quarantine is empty"
    if contents.exceptions:
        yield ""
        yield from table_lines(
            ("booking exceptions", "reason", "booked", "records", "first"),
            [
                (
                    e.record_type,
                    e.reason,
                    "yes" if e.is_booked else "no",
                    e.record_count,
                    e.example,
                )
                for e in contents.exceptions
            ],
        )
        yield listing_line(is_published=is_published)
    if contents.missing_rates:
        yield ""
        yield from table_lines(
            ("missing rate", "first day", "last day", "days"),
            [(r.pair, r.first_date, r.last_date, r.days) for r in contents.missing_rates],
        )
