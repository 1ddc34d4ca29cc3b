"""Rejected rows: listed, shown, exported to be corrected, resolved."""

import csv
import getpass
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.reading.quarantine import list_rejected, resolve_rejected, show_rejected
from infra.reading.status import status
from producer.common import database as databases
from producer.common.errors import UnusableInput
from producer.files import ingest_file
from producer.records import KINDS
from producer.records.contract import file_columns_of
from tests.infra.conftest import Call, Hold

Load = Callable[[str, str], str]
"""Loads the text of a CSV file, a minute after the one before, and gives the batch."""

HEADER = "Trade_ID,account_id,symbol,side,quantity,price,executed_at,note"
START = datetime.fromisoformat("2026-01-02T10:00:00")


def trade(trade_id: str, quantity: str = "1", executed_at: str = "2025-01-02") -> str:
    return f"{trade_id},R1,AAPL,BUY,{quantity},100,{executed_at},\n"


def trades(*rows: str) -> str:
    return HEADER + "\n" + "".join(rows)


@pytest.fixture
def loaded(database: Path, tmp_path: Path) -> Load:
    count = 0

    def load_text(kind: str, text: str) -> str:
        nonlocal count
        count += 1
        file = tmp_path / f"{count}_{kind}.csv"
        file.write_text(text, encoding="utf-8")
        now = START + timedelta(minutes=count)
        return ingest_file(file, kind, database=database, clock=lambda: now).batch_id

    return load_text


def states(database: Path, batch: str) -> list[str]:
    return [row.state for row in show_rejected(database, batch)]


def raw_rows(database: Path, table: str) -> list[tuple[Any, ...]]:
    with databases.connection(database, read_only=True) as con:
        return con.execute(f"from main.{table} order by all").fetchall()


def test_list_has_one_line_for_each_load_file_and_reason(
    call: Call, database: Path, loaded: Load
) -> None:
    first = loaded("trades", trades(trade("A", "-1"), trade("B", "-2"), trade("C", "x")))
    second = loaded("prices", "symbol,date,close\nAAPL,01/02/2025,1\n")

    found = list_rejected(database)
    assert [(r.batch_id, r.kind, r.row_count, r.state, r.reason) for r in found] == [
        (first, "trades", 2, "open",
         "quantity must not be negative: side SELL says that units leave"),
        (first, "trades", 1, "open", "quantity is not a number"),
        (second, "prices", 1, "open",
         "date must begin with the year: 13 February 2024 is 2024-02-13"),
    ]  # fmt: skip
    assert list_rejected(database, kind="prices") == found[2:]
    shown = call("quarantine", "list").out.splitlines()
    assert len(shown) == 2 + 3
    assert all(word in shown[2] for word in (first, "trades", "1_trades.csv", " 2 ", "open"))
    assert call("quarantine", "list", "--kind", "cash_events").out == "no open rejected rows\n"
    assert call("quarantine", "list", "--kind", "cash").code == 2


def test_show_has_the_reason_and_the_row_and_steers_no_terminal(call: Call, loaded: Load) -> None:
    batch = loaded("trades", trades(trade("A\x1b[31m"), trade("B", "-2"), "C,short\n"))

    whole = call("quarantine", "show", batch).out
    assert "\x1b" not in whole
    assert [line.split(":")[1].split()[0] for line in whole.splitlines() if batch in line] == [
        "1", "2", "3",
    ]  # fmt: skip
    one = call("quarantine", "show", f"{batch}:2").out.splitlines()
    assert one[0].startswith(f"{batch}:2  trades, row 2 of ")
    assert one[1].startswith("  reason  quantity must not be negative")
    assert '"Trade_ID":"B"' in one[2]
    assert one[3] == "  state   open"
    assert "C,short" in whole


@pytest.mark.parametrize("row_id", ["nix", "nix:1", "' or 1=1 --", ":", ""])
def test_an_id_of_no_row_is_2(call: Call, loaded: Load, row_id: str) -> None:
    loaded("trades", trades(trade("A", "-1")))
    for arguments in (("show", row_id), ("resolve", row_id, "--note", "n")):
        called = call("quarantine", *arguments)
        assert called.code == 2
        assert "warehouse quarantine list" in called.error


def test_exported_rows_are_corrected_and_loaded_again(
    call: Call, database: Path, tmp_path: Path, loaded: Load
) -> None:
    batch = loaded(
        "trades", trades(trade("A", "-1"), 'B,R1,"A,B",BUY,-2,"1,5",2025-01-02,\n', "C\n")
    )
    file = tmp_path / "to correct.csv"
    called = call("quarantine", "export", file)

    assert called.code == 0
    assert called.out.splitlines()[0] == f"{file}: 2 rows to be corrected and loaded again"
    assert "1 more could not be cut into columns" in called.out
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == list(file_columns_of(KINDS["trades"]))
    assert [(r["trade_id"], r["symbol"], r["quantity"], r["price"], r["fees"]) for r in rows] == [
        ("A", "AAPL", "-1", "100", ""),
        ("B", "A,B", "-2", "1,5", ""),
    ]
    assert call("quarantine", "export", file).error == (
        f"error: {file}: is there already; name a new file"
    )

    kept = raw_rows(database, "raw_quarantine")
    file.write_text(file.read_text().replace("-1", "1").replace("-2", "2").replace('"1,5"', "1.5"))
    assert call("ingest", "trades", file).out == f"{file}: 2 loaded, 0 repeated, 0 quarantined\n"
    assert states(database, batch) == ["loaded since", "loaded since", "open"]
    assert raw_rows(database, "raw_quarantine") == kept


def test_rows_of_several_kinds_are_exported_one_kind_at_a_time(
    call: Call, tmp_path: Path, loaded: Load
) -> None:
    old = loaded("trades", trades(trade("A", "-1")))
    loaded("trades", trades(trade("B", "-1")))
    loaded("prices", "symbol,date,close\nAAPL,2025-01-02,-1\n")
    file = tmp_path / "x.csv"

    called = call("quarantine", "export", file)
    assert (called.code, called.error) == (
        2, "error: there are rows of prices, trades: choose one with --kind",
    )  # fmt: skip
    assert call("quarantine", "export", file, "--kind", "fx_rates").code == 2
    assert not file.exists()
    assert call("quarantine", "export", file, "--batch", old).code == 0
    assert [line.split(",")[0] for line in file.read_text().splitlines()] == ["trade_id", "A"]


AFTER_ALL = [
    ("trades", "trade_id,account_id,symbol,side,quantity,price,executed_at",
     "T,A,S,BUY,{},1,2025-01-02"),
    ("cash_events", "event_id,account_id,amount,type,timestamp", "E,A,{},FEE,2025-01-02"),
    ("prices", "symbol,date,close", "S,2025-01-02,{}"),
    ("prices", "symbol,timestamp,price", "S,2025-01-02T15:00:00Z,{}"),
    ("instruments", "symbol,lot_size", "S,{}"),
    ("accounts", "account_id,calendar", "A,{}"),
    ("corporate_actions", "symbol,ex_date,type,amount", "S,2025-01-02,dividend,{}"),
    ("fx_rates", "date,base_currency,quote_currency,rate", "2025-01-02,eur,USD,{}"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "header", "row"), AFTER_ALL)
def test_a_row_whose_identity_was_loaded_later_is_resolved_by_itself(
    database: Path, loaded: Load, kind: str, header: str, row: str
) -> None:
    other = row.replace("2025-01-02", "2025-01-03").replace("T,", "T2,").replace("E,A", "E2,A")
    other = other.replace("S,", "S2,").replace("A,", "A2,", 1)
    good = "NYSE" if kind == "accounts" else "2"
    batch = loaded(kind, f"{header}\n{row.format('?')}\n{row.format('-')}\n")
    loaded(kind, f"{header}\n{other.format(good)}\n")
    assert states(database, batch) == ["open", "open"]

    loaded(kind, f"{header}\n{row.format(good)}\n")
    assert states(database, batch) == ["loaded since", "loaded since"]
    assert list_rejected(database) == []
    (line,) = list_rejected(database, with_resolved=True)[:1]
    assert line.state == "loaded since"


def test_a_conflict_with_what_was_there_before_is_not_loaded_since(
    database: Path, loaded: Load
) -> None:
    loaded("trades", trades(trade("A")))
    batch = loaded("trades", trades(trade("A", "5")))
    assert states(database, batch) == ["open"]
    later = HEADER + ",event_type,version\n" + trade("A", "5").strip() + ",CORRECT,2\n"
    loaded("trades", later)
    assert states(database, batch) == ["loaded since"]


def test_a_row_that_gave_way_is_open(database: Path, loaded: Load) -> None:
    batch = loaded("trades", trades(trade("A")))
    earlier = HEADER + ",ingested_at\n" + trade("A", "5").strip() + ",2025-01-02\n"
    loaded("trades", earlier)
    assert states(database, batch) == ["open"]


def test_resolving_leaves_quarantine_as_it_is_and_the_status_without_it(
    call: Call, database: Path, loaded: Load
) -> None:
    batch = loaded("trades", trades(trade("A", "-1"), trade("B", "-1"), trade("C", "-1")))
    kept = raw_rows(database, "raw_quarantine")

    called = call(
        "quarantine", "resolve", f"{batch}:2", "--note", "not ours; 'asked'", "--by", "Eve"
    )
    assert (called.code, called.out) == (0, "rows resolved: 1\n")
    assert states(database, batch) == ["open", "resolved", "open"]
    (row,) = show_rejected(database, f"{batch}:2")
    assert (row.note, row.resolved_by) == ("not ours; 'asked'", "Eve")
    assert "by Eve at 2" in call("quarantine", "show", f"{batch}:2").out
    contents = status(database).contents
    assert contents is not None
    assert [reason.row_count for reason in contents.quarantine] == [2]

    assert call("quarantine", "resolve", batch, f"{batch}:1", "--note", "rest").out == (
        "rows resolved: 2\n"
    )
    assert call("quarantine", "resolve", batch, "--note", "again").out == "rows resolved: 0\n"
    assert raw_rows(database, "raw_quarantine") == kept
    assert len(raw_rows(database, "raw_quarantine_resolutions")) == 3
    assert "quarantine is empty" in call("status").out
    assert call("quarantine", "list").out == "no open rejected rows\n"
    assert len(call("quarantine", "list", "--all").out.splitlines()) == 2 + 1


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_without_a_name_is_a_number(
    call: Call,
    database: Path,
    loaded: Load,
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception],
) -> None:
    def nameless() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nameless)
    batch = loaded("trades", trades(trade("A", "-1")))
    assert call("quarantine", "resolve", batch, "--note", "n").code == 0
    (row,) = show_rejected(database, batch)
    assert row.resolved_by == str(os.getuid())


def test_one_exported_row_is_a_row(call: Call, tmp_path: Path, loaded: Load) -> None:
    loaded("trades", trades(trade("A", "-1")))
    file = tmp_path / "to correct.csv"
    assert call("quarantine", "export", file).out == (
        f"{file}: 1 row to be corrected and loaded again\n"
    )


def test_a_note_is_needed_and_one_wrong_id_resolves_nothing(
    call: Call, database: Path, loaded: Load
) -> None:
    batch = loaded("trades", trades(trade("A", "-1")))
    assert call("quarantine", "resolve", batch).code == 2
    assert call("quarantine", "resolve", batch, "--note", " ").code == 2
    with pytest.raises(UnusableInput, match="no rejected row is called nix"):
        resolve_rejected(database, [batch, "nix"], note="n", by="me")
    assert states(database, batch) == ["open"]


def test_a_warehouse_of_before_resolutions_is_read(database: Path, loaded: Load) -> None:
    batch = loaded("trades", trades(trade("A", "-1")))
    with databases.connection(database) as con:
        con.execute("drop table main.raw_quarantine_resolutions")
    assert states(database, batch) == ["open"]
    assert resolve_rejected(database, [batch], note="n", by="me") == 1


def test_it_reads_the_database_and_waits_for_it(
    call: Call, database: Path, loaded: Load, hold: Hold
) -> None:
    loaded("trades", trades(trade("A", "-1")))
    with hold(database):
        called = call("quarantine", "list")
    assert called.code == 1
    assert "in use by another process" in called.error
    assert call("quarantine", "list").code == 0


def test_where_there_is_no_warehouse_it_is_2(call: Call, database: Path) -> None:
    assert call("quarantine", "list").code == 2
    assert not database.exists()
