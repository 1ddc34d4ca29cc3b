"""Writes events straight into the warehouse, as they happen."""

import itertools
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from producer.common.clock import Clock, system_clock
from producer.common.database import connection, create_raw_tables, transaction
from producer.common.database_path import warehouse_path
from producer.common.errors import InvalidEvent, UnusableInput
from producer.common.landing import LoadResult, land
from producer.common.quarantine import quarantine_report
from producer.records import KINDS

Event = Mapping[str, Any]


class DuckDBWriter:
    """Lands events in the warehouse; each call is one short transaction.

    The file is opened for the call and released after it, so that other processes get in between.
    Threads may share a writer, or have one each. Timestamps are datetimes (naive means UTC), ISO
    8601 texts or epoch milliseconds; numbers may be Decimal, int, float or text.
    """

    def __init__(
        self,
        path: Path | None = None,
        clock: Clock = system_clock,
        source: str = "producer",
        *,
        wait_seconds: float = 60,
    ) -> None:
        """Make a writer; the database is opened, and made, by the first write.

        Args:
            path: The warehouse; None: that of the environment.
            clock: Says when an event was ingested.
            source: Who writes, for raw_batches and raw_quarantine.
            wait_seconds: How long a call waits for another process.
        """
        self._path = warehouse_path() if path is None else Path(path)
        self._clock = clock
        self._source = source
        self._wait_seconds = wait_seconds
        self._is_closed = False

    def write_trade(self, event: Event) -> LoadResult:
        """Write one trade."""
        return self.write("trades", [event])

    def write_trades(self, events: Iterable[Event]) -> LoadResult:
        """Write trades in one transaction."""
        return self.write("trades", events)

    def write_price(self, event: Event) -> LoadResult:
        """Write one price."""
        return self.write("prices", [event])

    def write_prices(self, events: Iterable[Event]) -> LoadResult:
        """Write prices in one transaction."""
        return self.write("prices", events)

    def write_cash(self, event: Event) -> LoadResult:
        """Write one cash event."""
        return self.write("cash_events", [event])

    def write(self, kind: str, events: Iterable[Event]) -> LoadResult:
        """Write events of one kind in one transaction. What is known already is ignored.

        Args:
            kind: trades, cash_events, prices, ...
            events: Mappings from the names of the file columns to values.

        Raises:
            InvalidEvent: Some are invalid (a ValueError): they are in raw_quarantine, the others
                in the raw table.
            UnusableInput: There is no such kind.
            LockNotHad: Another process held the database for too long.
            ValueError: The writer is closed.
        """
        result = self._land(kind, _table_of(list(events)))
        if result.quarantined:
            with connection(self._path, wait_seconds=self._wait_seconds) as con:
                raise InvalidEvent("\n".join(quarantine_report(con, result.batch_id)))
        return result

    def write_table(self, kind: str, table: pa.Table, batch_id: str | None = None) -> LoadResult:
        """Write an Arrow table of events in one transaction; invalid rows are quarantined.

        Args:
            kind: trades, cash_events, prices, ...
            table: File columns; those with the types of the raw table are taken as they are.
            batch_id: A name of one's own for the load.

        Raises:
            As write, but for InvalidEvent.
        """
        own = [name for name in table.column_names if name.lower() != "source_row"]
        numbered = table.select(own).append_column("source_row", _row_numbers(table.num_rows))
        return self._land(kind, numbered, batch_id)

    def _land(self, kind: str, numbered: pa.Table, batch_id: str | None = None) -> LoadResult:
        if self._is_closed:
            raise ValueError("the writer is closed")
        if kind not in KINDS:
            raise UnusableInput(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
        with connection(self._path, wait_seconds=self._wait_seconds) as con:
            con.register("written_events", numbered)
            with transaction(con):
                create_raw_tables(con)
                return land(
                    con,
                    KINDS[kind],
                    "written_events",
                    source=self._source,
                    clock=self._clock,
                    batch_id=batch_id,
                )

    def close(self) -> None:
        """End writing; nothing is held open between calls."""
        self._is_closed = True

    def __enter__(self) -> Self:
        """Use as a context: closed at its end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()


def _table_of(events: list[Event]) -> pa.Table:
    """Events as columns of text, the form in which landing reads values of any type."""
    names = dict.fromkeys(itertools.chain.from_iterable(events))
    columns = {
        name: pa.array([_text(event.get(name)) for event in events], pa.string()) for name in names
    }
    return pa.table(columns | {"source_row": _row_numbers(len(events))})


def _row_numbers(count: int) -> pa.Array:
    return pa.array(range(1, count + 1), pa.int64())


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    # A lone surrogate is no text; what replaces it shows where it was.
    return str(value).encode("utf-8", "replace").decode("utf-8")
