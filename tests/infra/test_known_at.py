"""Rebuilding as known at a moment: from only the raw rows known by then."""

import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from infra.orchestration.known_at import build_known_at
from producer.common.duckdb_writer import DuckDBWriter
from producer.common.errors import UnusableInput
from producer.records.tables import raw_tables
from tests.infra.conftest import Call

DAYS = [datetime.fromisoformat(f"2024-01-{day:02}") for day in (3, 4, 5, 8, 9)]


def _trade(number: int, day: datetime, **changes: object) -> dict[str, object]:
    return {
        "trade_id": f"T{number}",
        "account_id": "A",
        "symbol": "AAA",
        "side": "BUY",
        "quantity": number,
        "price": 10,
        "executed_at": "2024-01-02T15:00:00",
        "ingested_at": day,
    } | changes


# A trade a day, a correction of the first, a cancel of the second, a fix of the price.
EVENTS: Sequence[tuple[str, dict[str, object]]] = [
    *[("trades", _trade(number, day)) for number, day in enumerate(DAYS, start=1)],
    ("trades", _trade(1, DAYS[2], version=2, event_type="CORRECT", quantity=100)),
    ("trades", _trade(2, DAYS[3], version=2, event_type="CANCEL")),
    ("prices", {"symbol": "AAA", "date": "2024-01-02", "close": 11, "ingested_at": DAYS[0]}),
    ("prices", {"symbol": "AAA", "date": "2024-01-02", "close": 12, "ingested_at": DAYS[4]}),
]


@pytest.fixture
def received(tmp_path: Path) -> Callable[[str, datetime], Path]:
    """Writes the events known by a moment into a database of its own."""

    def write(name: str, known_at: datetime) -> Path:
        database = tmp_path / name
        with DuckDBWriter(database) as writer:
            for kind, event in EVENTS:
                moment = event["ingested_at"]
                assert isinstance(moment, datetime)
                if moment <= known_at:
                    writer.write(kind, [event])
        return database

    return write


def _rows(database: Path, table: str) -> list[tuple[object, ...]]:
    """What a raw table says; the load that brought a row is not part of what was known."""
    query = f"select * exclude (batch_id, source_row) from main.{table} order by all"  # noqa: S608 - our own names
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("known_at", DAYS, ids=lambda day: f"{day:%m-%d}")
def test_a_rebuild_holds_exactly_what_was_known(
    received: Callable[[str, datetime], Path], known_at: datetime, tmp_path: Path, project: Path
) -> None:
    shutil.rmtree(project / "models")
    (project / "models").mkdir()
    everything = received("all.duckdb", DAYS[-1])
    then = received("then.duckdb", known_at)

    rebuilt = tmp_path / "rebuilt.duckdb"
    result = build_known_at(everything, known_at, rebuilt, project=project)

    assert result.version is None
    for table in ("raw_trades", "raw_prices"):
        assert _rows(rebuilt, table) == _rows(then, table)
    assert set(raw_tables()) <= {
        name
        for (name,) in duckdb.connect(str(rebuilt), read_only=True)
        .execute("select table_name from duckdb_tables()")
        .fetchall()
    }


def test_a_file_that_is_there_is_left_alone(database: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious.duckdb"
    precious.write_text("mine")
    with pytest.raises(UnusableInput, match="is there already"):
        build_known_at(database, DAYS[0], precious)
    assert precious.read_text() == "mine"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--known-at", "2024-01-03"),
        ("--into", "x.duckdb"),
        ("--known-at", "soon", "--into", "x.duckdb"),
        ("--known-at", "2024-01-03", "--into", "x.duckdb", "--select", "dim_date"),
    ],
)
def test_half_a_wish_is_wrong_usage(call: Call, arguments: tuple[str, ...]) -> None:
    assert call("build", *arguments).code == 2


@pytest.mark.parametrize("moment", ["2024-01-03", "2024-01-03T10:00:00Z", "2024-01-03T10:00:00.5"])
def test_a_moment_may_be_written_as_in_files(call: Call, moment: str) -> None:
    assert "belong together" in call("build", "--known-at", moment).err
    assert "belong together" not in call("build", "--known-at", f"{moment}!").err
