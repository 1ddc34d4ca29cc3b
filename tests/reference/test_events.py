"""Versions, repeats, conflicts and fixes; files and raw tables read alike."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from producer.records import KINDS
from producer.records.contract import columns_of, ddl, not_null_columns_of
from tests.reference.events import (
    RawInputs,
    Row,
    corporate_action_of,
    current_events,
    current_observations,
    fx_rate_of,
    price_of,
    read_duckdb,
    read_files,
    read_folder,
    resolve,
    to_datetime,
    trade_of,
)

LINEAGE = {"batch_id": "b1", "source_row": 1, "ingested_at": "2024-01-10 00:00:00"}


def trade_row(**said: object) -> Row:
    return {
        "trade_id": "T1",
        "account_id": "A",
        "symbol": "X",
        "side": "BUY",
        "quantity": "10",
        "price": "5",
        "executed_at": "2024-01-02 15:00:00",
        **LINEAGE,
        **said,
    }


def price_row(**said: object) -> Row:
    return {"symbol": "X", "date": "2024-01-02", "close": "5", **LINEAGE, **said}


def quantities(*rows: Row) -> list[Fraction]:
    return [trade.quantity for trade in current_events(trade_of(row) for row in rows)]


def test_a_repeat_is_ignored() -> None:
    assert quantities(trade_row(), trade_row(source_row=2)) == [10]


def test_of_a_conflict_the_first_received_stays() -> None:
    first = trade_row(quantity="10", ingested_at="2024-01-10", batch_id="b2")
    later = trade_row(quantity="11", ingested_at="2024-01-11", batch_id="b1")
    assert quantities(later, first) == [10]


def test_a_conflict_at_the_same_moment_goes_by_file_order() -> None:
    assert quantities(
        trade_row(quantity="11", source_row=7), trade_row(quantity="10", source_row=3)
    ) == [10]
    assert quantities(
        trade_row(quantity="11", batch_id="b2"), trade_row(quantity="10", batch_id="b1")
    ) == [10]


def test_the_highest_version_wins_whatever_the_order_of_arrival() -> None:
    corrected = trade_row(quantity="12", version=2, event_type="CORRECT", ingested_at="2024-01-01")
    assert quantities(trade_row(), corrected) == [12]


def test_a_cancel_removes_its_trade_and_may_come_first() -> None:
    cancel = {
        "trade_id": "T1",
        "event_type": "CANCEL",
        "version": 2,
        **LINEAGE,
        "ingested_at": "2024-01-01",
    }
    assert quantities(cancel, trade_row()) == []
    assert quantities(cancel, trade_row(), trade_row(version=3, quantity="7")) == [7]


def test_the_latest_price_wins_and_among_equals_the_last_row() -> None:
    fixed = price_row(close="6", ingested_at="2024-01-11")
    again = price_row(close="7", ingested_at="2024-01-11", source_row=2)
    assert [p.close for p in current_observations([price_of(fixed), price_of(price_row())])] == [6]
    assert [p.close for p in current_observations([price_of(again), price_of(fixed)])] == [7]


def action_row(**said: object) -> Row:
    return {
        "symbol": "X",
        "ex_date": "2024-01-05",
        "type": "SPLIT",
        "ratio": "3:2",
        **LINEAGE,
        **said,
    }


def test_corporate_actions_are_versioned_by_symbol_day_and_type() -> None:
    def ratios(*rows: Row) -> list[Fraction | None]:
        return [each.ratio for each in current_events(corporate_action_of(row) for row in rows)]

    corrected = action_row(ratio="2", version=2, event_type="CORRECT")
    cancelled = {
        "symbol": "X",
        "ex_date": date(2024, 1, 5),
        "type": "SPLIT",
        "event_type": "CANCEL",
        "version": 3,
        **LINEAGE,
    }
    assert ratios(corrected, action_row()) == [2]
    assert ratios(cancelled, corrected, action_row()) == []
    assert ratios(action_row(), action_row(ratio="2:1", source_row=2)) == [Fraction(3, 2)]
    assert ratios(action_row(), action_row(ex_date="2024-01-08", ratio="0.1")) == [
        Fraction(3, 2),
        Fraction(1, 10),
    ]


def test_the_latest_rate_of_a_pair_and_day_wins() -> None:
    def rate_row(**said: object) -> Row:
        pair = {"date": "2024-01-05", "base_currency": "EUR", "quote_currency": "USD"}
        return {**pair, "rate": "1.1", **LINEAGE, **said}

    rates = [
        rate_row(rate="1.2", ingested_at="2024-01-11"),
        rate_row(),
        rate_row(base_currency="USD", quote_currency="EUR", rate="0.9"),
    ]
    current = current_observations(fx_rate_of(row) for row in rates)
    assert {(each.base_currency, each.rate) for each in current} == {
        ("EUR", Fraction(6, 5)),
        ("USD", Fraction(9, 10)),
    }


def test_known_at_forgets_what_came_later() -> None:
    raw = RawInputs(
        trades=[
            trade_of(trade_row()),
            trade_of(trade_row(version=2, quantity="12", ingested_at="2024-02-01")),
        ]
    )
    assert resolve(raw).trades[0].quantity == 12
    moment = datetime(2024, 1, 10)  # noqa: DTZ001 - UTC without a zone
    assert resolve(raw, known_at=moment).trades[0].quantity == 10
    assert resolve(raw, known_at=datetime(2024, 1, 9)).trades == []  # noqa: DTZ001


@pytest.mark.parametrize(
    "written",
    [
        "2024-01-02T15:00:00Z",
        "2024-01-02 15:00:00",
        "2024-01-02T10:00:00-05:00",
        "1704207600000",
        1704207600000,
        datetime(2024, 1, 2, 15),  # noqa: DTZ001 - UTC without a zone
    ],
)
def test_moments_are_utc(written: object) -> None:
    assert to_datetime(written) == datetime(2024, 1, 2, 15)  # noqa: DTZ001


def test_decimals_are_rounded_half_even_to_the_scale_of_the_column() -> None:
    assert quantities(trade_row(quantity="1.000000005")) == [1]
    assert quantities(trade_row(quantity="1.000000015")) == [Fraction("1.00000002")]


def test_csv_and_parquet_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(
        "\ufeffprice,date,symbol,unknown\n5.25,2024-01-02,X,?\n", encoding="utf-8"
    )
    table = pa.table(
        {"symbol": ["X"], "date": [date(2024, 1, 2)], "close": [Decimal("5.25")], "open": [None]}
    )
    parquet.write_table(table, tmp_path / "same.parquet")
    from_csv = read_folder(tmp_path)
    from_parquet = read_files({"prices": [tmp_path / "same.parquet"]})
    assert resolve(from_csv) == resolve(from_parquet)
    assert resolve(from_csv).prices[0].close == Fraction("5.25")


def test_raw_tables_are_read_by_the_names_of_the_raw_contract(tmp_path: Path) -> None:
    path = tmp_path / "raw.duckdb"
    with duckdb.connect(str(path)) as connection:
        for record in KINDS.values():
            connection.execute(ddl(record.TABLE, columns_of(record), not_null_columns_of(record)))
        connection.execute(
            "insert into raw_trades by name select 'T1' as trade_id, 'A' as account_id,"
            " 'X' as symbol, 'SELL' as side, 1.5 as quantity, 2.25 as price, 0 as fees,"
            " timestamp '2024-01-02 15:00:00' as executed_at, 'NEW' as event_type, 1 as version,"
            " timestamp '2024-01-10' as ingested_at, 'b1' as batch_id, 1 as source_row"
        )
        connection.execute(
            "insert into raw_accounts by name select 'A' as account_id, 'rates' as desk,"
            " 'NEW' as event_type, 1 as version, timestamp '2024-01-10' as ingested_at,"
            " 'b2' as batch_id, 1 as source_row"
        )
        connection.execute(
            "insert into raw_corporate_actions by name select 'X' as symbol, 'SPINOFF' as type,"
            " date '2024-02-01' as ex_date, '1:7' as ratio, 'Y' as new_symbol,"
            " 0.25 as cost_fraction, 'NEW' as event_type, 1 as version,"
            " timestamp '2024-01-10' as ingested_at, 'b3' as batch_id, 1 as source_row"
        )
        connection.execute(
            "insert into raw_fx_rates by name select date '2024-02-01' as date,"
            " 'EUR' as base_currency, 'USD' as quote_currency, 1.25 as rate,"
            " 'NEW' as event_type, 1 as version,"
            " timestamp '2024-02-02' as ingested_at, 'b4' as batch_id, 1 as source_row"
        )
    inputs = resolve(read_duckdb(path))
    (action,), (rate,) = inputs.corporate_actions, inputs.fx_rates
    assert (action.ratio, action.cost_fraction) == (Fraction(1, 7), Fraction(1, 4))
    assert (rate.day, rate.rate) == (date(2024, 2, 1), Fraction(5, 4))
    assert inputs.trades[0].signed_quantity == Fraction("-1.5")
    assert inputs.account("A").desk == "rates"
    assert inputs.account("B").desk == "unassigned"
    assert inputs.instrument("X").multiplier == 1
