"""A warehouse in a temporary folder, at a fixed moment."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from producer.common.clock import Clock
from producer.common.database import connection, create_raw_tables, transaction
from producer.common.landing import LoadResult, land
from producer.files import ingest_file
from producer.records import KINDS

at = datetime.fromisoformat
"""A moment without a time zone: UTC."""

NOW = at("2026-01-02T10:00")
Rows = Sequence[dict[str, Any]]
Land = Callable[..., LoadResult]
Ingest = Callable[..., LoadResult]


def fixed(moment: datetime) -> Clock:
    """A clock that stands still."""
    return lambda: moment


def trade(**changes: object) -> dict[str, Any]:
    """A good trade as a file would bring it, with changes."""
    good = {
        "trade_id": "T1",
        "account_id": "ACC001",
        "symbol": "AAPL",
        "side": "BUY",
        "quantity": "10",
        "price": "100",
        "executed_at": "2025-01-02T10:00:00Z",
    }
    return good | changes


def csv_text(*rows: dict[str, Any]) -> str:
    """Rows as CSV text; the first row names the columns."""
    lines = [",".join(rows[0])] + [",".join(map(str, row.values())) for row in rows]
    return "\n".join(lines) + "\n"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "warehouse" / "portfolio.duckdb"


@pytest.fixture
def con(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse with its raw tables."""
    with connection(database) as opened:
        create_raw_tables(opened)
        yield opened


@pytest.fixture
def landed(con: duckdb.DuckDBPyConnection) -> Land:
    """Lands rows (dictionaries), numbered from 1; a load a call."""

    def landed(kind: str, rows: Rows, *, now: datetime = NOW, **options: Any) -> LoadResult:
        names = dict.fromkeys(name for row in rows for name in row)
        table = pa.table({name: [row.get(name) for row in rows] for name in names})
        numbered = table.append_column("source_row", pa.array(range(1, len(rows) + 1), pa.int64()))
        con.register("rows_to_land", numbered)
        options.setdefault("source", "test")
        with transaction(con):
            return land(con, KINDS[kind], "rows_to_land", clock=fixed(now), **options)

    return landed


@pytest.fixture
def ingested(tmp_path: Path, database: Path) -> Ingest:
    """Loads a file with the content given, as text or bytes."""

    def ingested(
        kind: str, content: str | bytes, name: str = "file.csv", now: datetime = NOW
    ) -> LoadResult:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return ingest_file(path, kind, database=database, clock=fixed(now))

    return ingested


def rows_of(database: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query, on a connection of its own."""
    with connection(database, read_only=True) as opened:
        return opened.execute(query).fetchall()
