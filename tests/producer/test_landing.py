"""What is let into the raw tables, what is kept out, and what counts as known."""

import json
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producer.common.database import create_raw_tables, transaction
from producer.common.errors import UnusableInput
from producer.common.landing import land
from producer.common.text import MOST_SHOWN
from producer.records import Trade
from producer.records.cash_event import MISPLACED
from tests.producer.conftest import NOW, Land, at, fixed, trade

Con = duckdb.DuckDBPyConnection


def values(con: Con, columns: str, table: str = "raw_trades") -> list[tuple[Any, ...]]:
    query = f"select {columns} from {table} order by batch_id, source_row"  # noqa: S608 - constants
    return con.execute(query).fetchall()


def quarantined(con: Con) -> list[tuple[int, str, str]]:
    return con.execute(
        'select row, "column", reason from raw_quarantine order by batch_id, row'
    ).fetchall()


def the_reason(con: Con) -> str:
    ((_, _, reason),) = quarantined(con)
    return reason


# ---------------------------------------------------------------- values


def test_a_good_row_is_stored_typed_with_its_defaults(con: Con, landed: Land) -> None:
    result = landed("trades", [trade(side=" buy ", quantity=" 1.5 ")])

    assert (result.loaded, result.repeated, result.quarantined, result.rounded) == (1, 0, 0, 0)
    names = "side, quantity, price, fees, currency, executed_at, event_type, version, ingested_at"
    assert values(con, names) == [
        (
            "BUY", Decimal("1.5"), Decimal(100), Decimal(0), None,
            at("2025-01-02T10:00"), "NEW", 1, NOW,
        )
    ]  # fmt: skip


GROUPED = "{} must have a decimal point and no separator of thousands, as 1234.56, got '{}'"
BAD_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"quantity": "-5", "side": "SELL"},
     "quantity must not be negative: side SELL says that units leave, got '-5'"),
    ({"quantity": "0"}, "quantity must be above 0, got '0'"),
    ({"quantity": "0.000000001"},
     "quantity would be rounded to 0: the smallest it can hold is 0.00000001, got '0.000000001'"),
    ({"price": "0.00000000004"},
     "price would be rounded to 0: the smallest it can hold is 0.0000000001, got '0.00000000004'"),
    ({"price": "4e-11"},
     "price would be rounded to 0: the smallest it can hold is 0.0000000001, got '4e-11'"),
    ({"price": "-4e-11"},
     "price would be rounded to 0: the smallest it can hold is 0.0000000001, got '-4e-11'"),
    ({"fees": ".000000005"},
     "fees would be rounded to 0: the smallest it can hold is 0.00000001, got '.000000005'"),
    ({"quantity": "abc"}, "quantity is not a number, got 'abc'"),
    ({"quantity": "1,000"}, GROUPED.format("quantity", "1,000")),
    ({"price": "60,5"}, GROUPED.format("price", "60,5")),
    ({"price": "1.234,5"}, GROUPED.format("price", "1.234,5")),
    ({"price": "1 234.5"}, GROUPED.format("price", "1 234.5")),
    ({"quantity": "1_000"}, "quantity is not a number, got '1_000'"),
    ({"quantity": "0x10"}, "quantity is not a number, got '0x10'"),
    ({"quantity": "."}, "quantity is not a number, got '.'"),
    ({"quantity": "1e"}, "quantity is not a number, got '1e'"),
    ({"price": "NaN"}, "price is not a number, got 'NaN'"),
    ({"price": "inf"}, "price is not a number, got 'inf'"),
    ({"price": "-0.01"}, "price must be 0 or more, got '-0.01'"),
    ({"price": "1e18"}, "price does not fit DECIMAL(28,10), got '1e18'"),
    ({"quantity": "1e999999"}, "quantity does not fit DECIMAL(28,8), got '1e999999'"),
    ({"fees": "-1"},
     "fees must not be negative: a rebate is a cash event of type REBATE, got '-1'"),
    ({"side": "HOLD"}, "side must be one of BUY, SELL, got 'HOLD'"),
    ({"event_type": "AMEND"}, "event_type must be one of NEW, CORRECT, CANCEL, got 'AMEND'"),
    ({"currency": "gBP"}, "currency must be a currency code such as USD, got 'gBP'"),
    ({"currency": "Usd"}, "currency must be a currency code such as USD, got 'Usd'"),
    ({"account_id": None}, "account_id is missing"),
    ({"account_id": "  "}, "account_id is missing"),
    ({"trade_id": None}, "trade_id is missing"),
    ({"trade_id": "T\x001"}, "trade_id has control characters, got 'T?1'"),
    ({"trade_id": "T\n1"}, "trade_id has control characters, got 'T?1'"),
    ({"symbol": "A\x85B"}, "symbol has control characters, got 'A?B'"),
    ({"version": "1.5"}, "version is not a whole number in range, got '1.5'"),
    ({"version": "99999999999"}, "version is not a whole number in range, got '99999999999'"),
    ({"version": "0"}, "version must be 1 or more, got '0'"),
    ({"event_type": "CORRECT"}, "version must be 2 or more for a CORRECT or CANCEL"),
    ({"event_type": "CANCEL", "version": "1"},
     "version must be 2 or more for a CORRECT or CANCEL, got '1'"),
    ({"executed_at": "1492-10-12"}, "executed_at is before 1900-01-01, got '1492-10-12'"),
    ({"executed_at": "1899-12-31T23:59:59"},
     "executed_at is before 1900-01-01, got '1899-12-31T23:59:59'"),
    ({"executed_at": "2999-01-01"},
     "executed_at is more than 2 days after the load, got '2999-01-01'"),
    ({"executed_at": "2026-01-04T10:00:01"},
     "executed_at is more than 2 days after the load, got '2026-01-04T10:00:01'"),
    ({"executed_at": "99999999999999999999"},
     "executed_at is more than 2 days after the load, got '99999999999999999999'"),
    ({"executed_at": "4611686018427387904"},
     "executed_at is more than 2 days after the load, got '4611686018427387904'"),
    ({"executed_at": "01/02/2025"},
     "executed_at must begin with the year: 13 February 2024 is 2024-02-13, got '01/02/2025'"),
    ({"executed_at": "13.02.24 15:30"},
     "executed_at must begin with the year: 13 February 2024 is 2024-02-13, got '13.02.24 15:30'"),
    ({"executed_at": "2025-02-30"},
     "executed_at is not an ISO 8601 timestamp or epoch milliseconds, got '2025-02-30'"),
    ({"executed_at": "2025-01-02T15:00+99"},
     "executed_at is not an ISO 8601 timestamp or epoch milliseconds, got '2025-01-02T15:00+99'"),
    ({"symbol": "CASH:USD"},
     "symbol must not begin with CASH:, which names the cash of a book, got 'CASH:USD'"),
    ({"trade_id": "x" * 257},
     f"trade_id is longer than 256 characters, got '{'x' * MOST_SHOWN}...'"),
    ({"executed_at": "infinity"},
     "executed_at is not an ISO 8601 timestamp or epoch milliseconds, got 'infinity'"),
    ({"executed_at": "1707148800"},
     ("executed_at looks like epoch seconds: write epoch milliseconds 1707148800000 "
     "or 2024-02-05T16:00:00Z, got '1707148800'")),
    ({"executed_at": "1707148800.25"},
     ("executed_at looks like epoch seconds: write epoch milliseconds 1707148800250 "
     "or 2024-02-05T16:00:00Z, got '1707148800.25'")),
    ({"executed_at": "45761.5"},
     "executed_at looks like an Excel date: write 2025-04-14T12:00:00Z, got '45761.5'"),
    ({"executed_at": "-86400000"},
     ("executed_at as epoch milliseconds is before 1990: write it as 2024-02-05T16:00:00Z, "
     "got '-86400000'")),
    ({"executed_at": "631151999999"},
     ("executed_at as epoch milliseconds is before 1990: write it as 2024-02-05T16:00:00Z, "
     "got '631151999999'")),
    ({"ingested_at": "2999-01-01"},
     "ingested_at is more than 2 days after the load, got '2999-01-01'"),
    ({"quantity": "1e12", "price": "1e12"},
     "quantity times price is more money than an amount can hold, got '1e12'"),
]  # fmt: skip


def test_a_bad_value_is_quarantined_with_its_reason(con: Con, landed: Land) -> None:
    bad = [
        trade(trade_id=f"bad {place}") | changes for place, (changes, _) in enumerate(BAD_VALUES)
    ]
    result = landed("trades", [*bad, trade(trade_id="good")])

    assert values(con, "trade_id") == [("good",)]
    assert (result.loaded, result.quarantined) == (1, len(BAD_VALUES))
    assert quarantined(con) == [
        (row, reason.split(" ", 1)[0], reason)
        for row, (_, reason) in enumerate(BAD_VALUES, start=1)
    ]


def test_all_faults_of_a_row_are_listed_and_the_first_column_named(con: Con, landed: Land) -> None:
    landed("trades", [trade(quantity="-5", side="HOLD", price="x")])

    ((row, column, reason),) = quarantined(con)
    assert (row, column) == (1, "side")
    assert reason.split("; ") == [
        "side must be one of BUY, SELL, got 'HOLD'",
        "quantity must not be negative: side SELL says that units leave, got '-5'",
        "price is not a number, got 'x'",
    ]


def test_quarantine_keeps_the_row_as_it_came_and_where_from(con: Con, landed: Land) -> None:
    row = trade(quantity="-5", note='it\'s "odd"')
    result = landed("trades", [row], source="a 'file'.csv")

    found = con.execute(
        "select kind, file, batch_id, quarantined_at, row_data from raw_quarantine"
    ).fetchall()
    assert found[0][:4] == ("trades", "a 'file'.csv", result.batch_id, NOW)
    assert json.loads(found[0][4]) == row
    assert result.ignored_columns == ("note",)


MOMENTS = [
    ("2025-01-02T10:00:00Z", at("2025-01-02T10:00")),
    ("2025-01-02T10:00Z", at("2025-01-02T10:00")),
    ("2025-01-02 10:00", at("2025-01-02T10:00")),
    ("2025-01-02T10:00:00.5", at("2025-01-02T10:00:00.500000")),
    ("2025-01-02T10:00:00.123456789Z", at("2025-01-02T10:00:00.123456")),
    ("2025-01-02T10:00:00+05:00", at("2025-01-02T05:00")),
    ("2025-01-02T02:00-0530", at("2025-01-02T07:30")),
    ("2025-01-02T02:00+05", at("2025-01-01T21:00")),
    ("2025-01-02", at("2025-01-02")),
    ("20250102", at("2025-01-02")),
    ("1735812000000", at("2025-01-02T10:00")),
    ("1735812000000.0", at("2025-01-02T10:00")),
    ("1735812000000.5", at("2025-01-02T10:00:00.000500")),
    ("20250102.0", at("2025-01-02")),
    ("1900-01-01", at("1900-01-01")),
    ("2026-01-04T10:00:00Z", at("2026-01-04T10:00")),
]


def test_moments_are_read_in_utc(con: Con, landed: Land) -> None:
    landed("trades", [trade(trade_id=text, executed_at=text) for text, _ in MOMENTS])
    assert values(con, "trade_id, executed_at") == MOMENTS


def test_moments_do_not_depend_on_the_time_zone_of_the_session(con: Con, landed: Land) -> None:
    con.execute("set TimeZone = 'America/New_York'")
    aware = pa.scalar(at("2025-01-02T10:00"), pa.timestamp("us", "Asia/Tokyo")).as_py()
    landed("trades", [trade(executed_at="2025-01-02T10:00:00+05:00")])
    landed("trades", [trade(trade_id="T2", executed_at=aware)])
    assert values(con, "executed_at") == [
        (at("2025-01-02T05:00"),),
        (at("2025-01-02T10:00"),),
    ]


def test_a_date_is_as_written(con: Con, landed: Land) -> None:
    days = ["2025-01-02", "20250102", "2025-01-02T23:30:00-02:00", "2025-01-02T00:30+11:00"]
    landed("prices", [{"symbol": day, "date": day, "close": "1"} for day in days])
    assert values(con, "date", "raw_prices") == [(date(2025, 1, 2),)] * 4


@pytest.mark.parametrize(
    ("kind", "column", "row"),
    [
        ("prices", "date", {"symbol": "A", "close": "1"}),
        ("corporate_actions", "ex_date", {"symbol": "A", "type": "SPLIT", "ratio": "2"}),
        ("fx_rates", "date", {"base_currency": "EUR", "quote_currency": "USD", "rate": "1"}),
        ("accounts", "opened_at", {"account_id": "A"}),
    ],
)
def test_a_bare_number_is_no_day_before_1990(
    con: Con, landed: Land, kind: str, column: str, row: dict[str, object]
) -> None:
    result = landed(kind, [row | {column: number} for number in ("1707148800", "45761.5", "19758")])
    assert (result.loaded, result.quarantined) == (0, 3)
    assert [reason for _, _, reason in quarantined(con)] == [
        (
            f"{column} looks like epoch seconds: write epoch milliseconds 1707148800000 "
            "or 2024-02-05, got '1707148800'"
        ),
        f"{column} looks like an Excel date: write 2025-04-14, got '45761.5'",
        f"{column} as epoch milliseconds is before 1990: write it as 2024-02-05, got '19758'",
    ]


def test_a_line_break_is_fine_in_prose_and_nul_is_not(con: Con, landed: Land) -> None:
    event = {"event_id": "E1", "account_id": "A", "amount": 1, "type": "deposit",
             "timestamp": 1735812000000, "event_version": "1.0"}  # fmt: skip
    result = landed(
        "cash_events",
        [
            event | {"description": "two\nlines\tand a tab"},
            event | {"event_id": "E2", "description": "nul \x00"},
        ],
    )
    assert (result.loaded, result.quarantined) == (1, 1)
    assert values(con, "description, type, event_version, version", "raw_cash_events") == [
        ("two\nlines\tand a tab", "DEPOSIT", "1.0", 1)
    ]


def test_values_keep_the_spelling_of_the_contract(con: Con, landed: Land) -> None:
    landed("instruments", [{"symbol": "BTC", "calendar": "24X7"}])
    assert values(con, "calendar", "raw_instruments") == [("24x7",)]


def test_currencies_may_come_in_small_letters(con: Con, landed: Land) -> None:
    landed("trades", [trade(currency="eur")])
    assert landed("trades", [trade(currency="EUR")]).repeated == 1
    assert values(con, "currency") == [("EUR",)]


def test_minor_units_are_known_by_the_spellings_of_feeds(con: Con, landed: Land) -> None:
    spellings = ("GBp", "GBx", "GBX", "ZAc", "ILa", "gbp")
    for place, spelling in enumerate(spellings):
        landed("trades", [trade(trade_id=str(place), currency=spelling)])
    assert values(con, "currency") == [
        ("GBX",), ("GBX",), ("GBX",), ("ZAC",), ("ILA",), ("GBP",),
    ]  # fmt: skip
    assert landed("trades", [trade(trade_id="0", currency="GBX")]).repeated == 1


def test_a_long_number_is_cut_in_its_message(con: Con, landed: Land) -> None:
    landed("trades", [trade(executed_at="1." + "0" * MOST_SHOWN)])
    assert the_reason(con).endswith(f", got '1.{'0' * (MOST_SHOWN - 2)}...'")


def test_names_may_be_long_and_ids_may_not(con: Con, landed: Land) -> None:
    landed("instruments", [{"symbol": "x" * 256, "name": "x" * 4096}])
    assert values(con, "length(symbol), length(name)", "raw_instruments") == [(256, 4096)]


def test_ratios_are_above_0(con: Con, landed: Land) -> None:
    good = ["3:2", "1.5", "0.05", ".5", "2.", "10", "2.0", "000000000000.5"]
    bad = ["0", "0:1", "1:0", "0.0", "-2", "3/2", "1e3", "."]
    split = {"ex_date": "2025-01-02", "type": "SPLIT"}
    landed("corporate_actions", [split | {"symbol": r, "ratio": r} for r in good + bad])
    assert values(con, "ratio", "raw_corporate_actions") == [(ratio,) for ratio in good]
    assert [reason for _, _, reason in quarantined(con)] == [
        f"ratio must be above 0, as `3:2` or 1.5, of nine digits at the most, got '{ratio}'"
        for ratio in bad
    ]


@pytest.mark.parametrize(
    ("kind", "row", "reason"),
    [
        ("corporate_actions", {"type": "SPLIT"}, "ratio is needed by a SPLIT or SPINOFF"),
        ("corporate_actions", {"type": "SPLIT", "ratio": "1:1000001"},
         "ratio must lie between 1:1000000 and 1000000:1, got '1:1000001'"),
        ("corporate_actions", {"type": "RETURN_OF_CAPITAL"},
         "amount is needed by a DIVIDEND or RETURN_OF_CAPITAL"),
        ("corporate_actions", {"type": "SYMBOL_CHANGE"},
         "new_symbol is needed by a SPINOFF or SYMBOL_CHANGE"),
        ("corporate_actions", {"type": "DIVIDEND", "amount": "1", "cost_fraction": "1.5"},
         "cost_fraction must be 1 or less, got '1.5'"),
        ("corporate_actions", {"type": "DIVIDEND", "amount": "1000000000001"},
         "amount must be 1000000000000 or less, got '1000000000001'"),
        ("prices", {"date": "2025-01-02", "close": "1e13"},
         "close must be 1000000000000 or less, got '1e13'"),
        ("prices", {"close": "1"}, "date or timestamp is needed"),
        ("prices", {"symbol": "CASH:USD", "close": "1", "date": "2025-01-02"},
         "symbol must not begin with CASH:, which names the cash of a book, got 'CASH:USD'"),
        ("prices", {"close": "1", "date": "2025-01-02", "timestamp": "2025-01-04T00:00Z"},
         "date is more than a day from that of timestamp (UTC), got '2025-01-02'"),
        ("corporate_actions", {"symbol": "=cmd()", "type": "SYMBOL_CHANGE", "new_symbol":
                               "CASH:USD"},
         "new_symbol must not begin with CASH:, which names the cash of a book, got 'CASH:USD'"),
        ("instruments", {"proxy_symbol": "cash:"},
         "proxy_symbol must not begin with CASH:, which names the cash of a book, got 'cash:'"),
        ("accounts", {"account_id": "A", "benchmark_symbol": "CASH:"},
         "benchmark_symbol must not begin with CASH:, which names the cash of a book, got 'CASH:'"),
        ("instruments", {"multiplier": "1000001"},
         "multiplier must be 1000000 or less, got '1000001'"),
        ("instruments", {"name": "x" * 4097},
         f"name is longer than 4,096 characters, got '{'x' * MOST_SHOWN}...'"),
        ("cash_events", {"event_id": "E", "account_id": "A", "amount": "1", "type": "dividend",
                         "timestamp": "2025-01-02"},
         f"type {MISPLACED['DIVIDEND']}, got 'dividend'"),
        ("cash_events", {"event_id": "E", "account_id": "A", "amount": "-1", "type": "DEPOSIT",
                         "timestamp": "2025-01-02"},
         "amount must not be negative: a type such as WITHDRAWAL says that money leaves, got '-1'"),
        ("fx_rates", {"date": "2025-01-02", "base_currency": "EUR", "quote_currency": "eur",
                      "rate": "1"}, "quote_currency must differ from base_currency, got 'eur'"),
        ("fx_rates", {"date": "2025-01-02", "base_currency": "EUR", "quote_currency": "EUR",
                      "rate": "1"}, "quote_currency must differ from base_currency, got 'EUR'"),
    ],
)  # fmt: skip
def test_rules_over_several_columns(
    con: Con, landed: Land, kind: str, row: dict[str, Any], reason: str
) -> None:
    landed(kind, [{"symbol": "A", "ex_date": "2025-01-02"} | row])
    assert the_reason(con) == reason


def test_a_cancel_needs_no_more_than_event_type_and_version(con: Con, landed: Land) -> None:
    cancel = {"trade_id": "T1", "event_type": "cancel", "version": "2"}
    assert landed("trades", [trade(), cancel]).loaded == 2
    assert values(con, "trade_id, event_type, version, account_id, quantity") == [
        ("T1", "NEW", 1, "ACC001", Decimal(10)),
        ("T1", "CANCEL", 2, None, None),
    ]


def test_what_a_cancel_does_say_is_checked(landed: Land) -> None:
    cancel = {"trade_id": "T1", "event_type": "CANCEL", "version": "2", "quantity": "x"}
    assert landed("trades", [cancel]).quarantined == 1


# ---------------------------------------------------------------- types that come typed


def test_typed_columns_are_taken_as_they_are_and_still_validated(con: Con) -> None:
    quantity = pa.array([Decimal("1.5"), Decimal(-1)], pa.decimal128(28, 8))
    executed_at = pa.array([at("2025-01-02T10:00")] * 2, pa.timestamp("us"))
    rows = [trade(quantity=q.as_py(), executed_at=e.as_py()) for q, e in
            zip(quantity, executed_at, strict=True)]  # fmt: skip
    table = pa.Table.from_pylist(rows)
    table = table.set_column(table.schema.get_field_index("quantity"), "quantity", quantity)
    table = table.append_column("source_row", pa.array([1, 2]))
    con.register("typed", table)
    with transaction(con):
        land(con, Trade, "typed", source="bulk", clock=fixed(NOW))

    assert values(con, "quantity, executed_at") == [(Decimal("1.5"), at("2025-01-02T10:00"))]
    assert the_reason(con).startswith("quantity must not be negative")


@pytest.mark.parametrize(
    "moments",
    [
        pa.array([at("2025-01-02T10:00")], pa.timestamp("ns")),
        pa.array([at("2025-01-02T10:00")], pa.timestamp("ms")),
        pa.array([at("2025-01-02T10:00")], pa.timestamp("s")),
        pa.array([at("2025-01-02T10:00")], pa.timestamp("us", "America/New_York")),
        pa.array([1735812000000], pa.int64()),
        pa.array([1735812000000.0], pa.float64()),
    ],
)
def test_timestamps_of_every_unit_and_zone(con: Con, moments: pa.Array) -> None:
    table = pa.Table.from_pylist([trade()]).drop_columns(["executed_at"])
    table = table.append_column("executed_at", moments).append_column("source_row", pa.array([1]))
    con.register("moments", table)
    with transaction(con):
        land(con, Trade, "moments", source="bulk", clock=fixed(NOW))
    assert values(con, "executed_at") == [(at("2025-01-02T10:00"),)]


def test_a_float_means_its_shortest_text(con: Con, landed: Land) -> None:
    prices = [0.1, 1e-5, 123456.789, 1e11, 0.1 + 0.2]
    landed("trades", [trade(trade_id=f"T{n}", price=price) for n, price in enumerate(prices)])
    expected = [Decimal(repr(price)).quantize(Decimal("1e-10")) for price in prices]
    assert values(con, "price") == [(price,) for price in expected]


# ---------------------------------------------------------------- rounding


TIES = [
    ("1.000000005", "1.00000000"),
    ("1.000000015", "1.00000002"),
    ("1.000000025", "1.00000002"),
    ("1.0000000050000000000000000000000000000000001", "1.00000001"),
    ("1.00000000499999999999999999999999999999999999", "1.00000000"),
    ("15e-9", "0.00000002"),
    ("12345678901234567890.123456785", "12345678901234567890.12345678"),
    ("99999999999999999999.99999999", "99999999999999999999.99999999"),
]


def test_ties_go_to_even(con: Con, landed: Land) -> None:
    price = {"date": "2025-01-02", "close": "0"}
    result = landed("prices", [price | {"symbol": text, "volume": text} for text, _ in TIES])
    loaded = values(con, "symbol, volume", "raw_prices")
    assert loaded == [(text, Decimal(kept)) for text, kept in TIES]
    assert result.rounded == sum(Decimal(text) != Decimal(kept) for text, kept in TIES)


def test_what_rounds_out_of_range_is_quarantined(con: Con, landed: Land) -> None:
    landed("trades", [trade(quantity="99999999999999999999.999999995")])
    assert "does not fit DECIMAL(28,8)" in the_reason(con)


def test_only_values_of_loaded_rows_count_as_rounded(landed: Land) -> None:
    long = "1.123456789"
    rows = [trade(quantity=long, fees=long), trade(quantity=long, trade_id="bad", side="?")]
    result = landed("trades", rows)
    assert (result.rounded, result.rounded_rows) == (2, 1)
    assert result.roundings == (
        (1, "quantity 1.123456789 to 1.12345679, fees 1.123456789 to 1.12345679"),
    )
    assert landed("trades", rows).rounded == 0


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Number texts of all shapes, many of them ties or nearly."""
    whole = draw(st.text("0123456789", min_size=1, max_size=25))
    places = draw(st.text("0123456789", max_size=16) | st.text("0459", max_size=40))
    tail = draw(st.sampled_from(["", "5", "50", "49999999999999999999", "500000000000000000001"]))
    exponent = draw(st.just("") | st.integers(-40, 40).map(lambda e: f"e{e}"))
    sign = draw(st.sampled_from(["", "-", "+"]))
    return f"{sign}{whole}.{places}{tail}{exponent}"


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(numbers(), min_size=40, max_size=120))
def test_rounding_equals_that_of_python(con: Con, landed: Land, texts: list[str]) -> None:
    con.execute("delete from raw_prices; delete from raw_quarantine")
    result = landed(
        "prices",
        [
            {"symbol": f"S{n}", "date": "2025-01-02", "close": "0", "open": t}
            for n, t in enumerate(texts)
        ],
    )
    unit = Decimal("1e-10")
    exact = [Decimal(text) for text in texts]
    with localcontext(prec=200):
        kept = [number.quantize(unit, ROUND_HALF_EVEN) for number in exact]
    fits = [
        0 <= number < Decimal(10) ** 18 and (number != 0 or text == 0)
        for number, text in zip(kept, exact, strict=True)
    ]
    loaded = dict(values(con, "symbol, open", "raw_prices"))
    assert loaded == {f"S{n}": number for n, number in enumerate(kept) if fits[n]}
    assert result.rounded == sum(
        fit and a != b for a, b, fit in zip(exact, kept, fits, strict=True)
    )


# ---------------------------------------------------------------- events


def test_a_repeat_is_ignored_within_a_load_and_across_loads(con: Con, landed: Land) -> None:
    first = landed("trades", [trade(), trade(quantity="10.00", side="Buy", event_id="another")])
    second = landed("trades", [trade(counterparty_id="X")], now=NOW + timedelta(hours=1))

    assert (first.loaded, first.repeated) == (1, 1)
    assert (second.loaded, second.repeated, second.quarantined) == (0, 1, 0)
    assert values(con, "trade_id, ingested_at") == [("T1", NOW)]


OTHER_PAYLOADS = {
    "account_id": "ACC002", "symbol": "MSFT", "side": "SELL", "quantity": "11", "price": "101",
    "fees": "1", "currency": "EUR", "executed_at": "2025-01-03",
}  # fmt: skip


def test_another_payload_conflicts_and_the_first_stays(con: Con, landed: Land) -> None:
    first = landed("trades", [trade(trade_id=column) for column in OTHER_PAYLOADS], source="1.csv")
    second = landed(
        "trades",
        [trade(trade_id=column, **{column: other}) for column, other in OTHER_PAYLOADS.items()],
        source="2.csv",
    )

    conflicts, batch = "conflicts with", f"(batch {first.batch_id}): another"
    assert (second.loaded, second.repeated, second.quarantined) == (0, 0, len(OTHER_PAYLOADS))
    assert quarantined(con) == [
        (
            row,
            "trade_id",
            f"trade_id '{column}', version '1' {conflicts} row {row} of 1.csv {batch} {column}",
        )
        for row, column in enumerate(OTHER_PAYLOADS, start=1)
    ]
    assert len(values(con, "trade_id")) == len(OTHER_PAYLOADS)


def test_versions_are_events_of_their_own(landed: Land) -> None:
    correction = trade(event_type="CORRECT", version="2", quantity="11")
    assert landed("trades", [correction, trade()]).loaded == 2


def test_a_conflict_within_a_load_is_settled_by_ingested_at_then_file_order(
    con: Con, landed: Land
) -> None:
    landed(
        "trades",
        [
            trade(quantity="1", ingested_at="2025-02-02"),
            trade(quantity="2", ingested_at="2025-02-01"),
            trade(quantity="3", ingested_at="2025-02-01"),
        ],
    )
    assert values(con, "quantity, source_row") == [(Decimal(2), 2)]
    assert [row for row, _, _ in quarantined(con)] == [1, 3]


def test_at_one_moment_what_is_known_stays_whatever_its_batch_is_called(
    con: Con, landed: Land
) -> None:
    landed("trades", [trade(quantity="1")], batch_id="zzz")
    assert landed("trades", [trade(quantity="2")]).quarantined == 1
    assert values(con, "quantity") == [(Decimal(1),)]


def test_an_earlier_row_of_the_same_is_kept_too(con: Con, landed: Land) -> None:
    landed("trades", [trade()])
    earlier = landed("trades", [trade(ingested_at="2025-02-01")])
    assert (earlier.loaded, earlier.displaced, earlier.quarantined) == (1, 0, 0)
    assert len(values(con, "trade_id")) == 2
    # Raw now knows the earlier moment: anything later is a repeat.
    assert landed("trades", [trade(ingested_at="2025-02-02")]).repeated == 1


def test_an_earlier_row_displaces_a_later_one(con: Con, landed: Land) -> None:
    late = landed("trades", [trade(quantity="1")], source="late.csv")
    early = landed("trades", [trade(quantity="2", ingested_at="2025-02-01")], source="early.csv")

    assert (early.loaded, early.quarantined, early.displaced) == (1, 0, 1)
    assert len(values(con, "trade_id")) == 2  # append-only: staging takes the earliest
    ((row, column, reason),) = quarantined(con)
    assert (row, column) == (1, "trade_id")
    assert reason == (
        "trade_id 'T1', version '1' gives way to row 1 of early.csv "
        f"(batch {early.batch_id}), known earlier: another quantity"
    )
    ((file, batch_id, row_data),) = con.execute(
        "select file, batch_id, row_data from raw_quarantine"
    ).fetchall()
    assert (file, batch_id) == ("late.csv", late.batch_id)
    assert json.loads(row_data)["quantity"] == "1.00000000"


def test_a_row_is_put_aside_once_only(con: Con, landed: Land) -> None:
    for quantity, moment in (("1", "2025-02-03"), ("2", "2025-02-02"), ("3", "2025-02-01")):
        landed("trades", [trade(quantity=quantity, ingested_at=moment)])
    assert len(quarantined(con)) == 2
    later = landed("trades", [trade(quantity="1", ingested_at="2025-02-03")])
    assert (later.quarantined, later.displaced) == (1, 0)


def test_a_cancel_may_come_before_its_trade(landed: Land) -> None:
    landed("trades", [{"trade_id": "T1", "event_type": "CANCEL", "version": "2"}])
    assert landed("trades", [trade()]).loaded == 1


def test_corporate_actions_are_events_by_symbol_day_and_type(con: Con, landed: Land) -> None:
    split = {"symbol": "A", "ex_date": "2025-01-02", "type": "SPLIT", "ratio": "2"}
    dividend = {"symbol": "A", "ex_date": "2025-01-02", "type": "DIVIDEND", "amount": "1"}
    assert landed("corporate_actions", [split, dividend, split | {"ratio": "3"}]).loaded == 2
    assert quarantined(con)[0][:2] == (3, "symbol")


def test_a_second_row_of_a_file_for_one_action_is_quarantined_and_asks_for_its_action_id(
    con: Con, landed: Land
) -> None:
    dividend = {"symbol": "TWDX", "ex_date": "2024-02-20", "type": "DIVIDEND", "amount": "0.25"}
    result = landed("corporate_actions", [dividend, dividend])
    assert (result.loaded, result.repeated, result.quarantined) == (1, 0, 1)
    ((row, _, reason),) = quarantined(con)
    assert row == 2
    assert "occurs twice: as row 1 of" in reason
    assert reason.endswith("; give each its own action_id, e.g. regular and special")
    # In another file it is a repeat.
    assert landed("corporate_actions", [dividend | {"action_id": ""}]).repeated == 1


def test_actions_of_one_day_are_distinguished_by_their_action_id(con: Con, landed: Land) -> None:
    dividend = {"symbol": "TWDX", "ex_date": "2024-02-20", "type": "DIVIDEND", "amount": "0.25"}
    dividends = [dividend | {"action_id": each} for each in ("regular", "special", "")]
    assert landed("corporate_actions", dividends).loaded == 3
    assert landed("corporate_actions", dividends).repeated == 3
    landed("corporate_actions", [dividend | {"action_id": "special", "amount": "3"}])
    ((_, _, reason),) = quarantined(con)
    assert "action_id 'special'" in reason
    assert "another amount" in reason
    assert "give each" not in reason


ROWS = st.lists(
    st.tuples(st.sampled_from("AB"), st.integers(1, 3), st.datetimes(
        at("2025-01-01"), at("2025-12-31"))),
    min_size=2, max_size=8, unique_by=lambda row: row[2],
)  # fmt: skip


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS, data=st.data())
def test_the_order_of_arrival_does_not_matter(
    con: Con, landed: Land, rows: list[tuple[str, int, datetime]], data: st.DataObject
) -> None:
    """However rows are shuffled and cut into files, the earliest row is what is resolved."""
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(shuffled)))
    con.execute("delete from raw_trades; delete from raw_quarantine; delete from raw_batches")
    files = [shuffled[:cut], shuffled[cut:]]
    results = [
        landed("trades", [trade(trade_id=i, quantity=q, ingested_at=m) for i, q, m in file])
        for file in files
        if file
    ]
    resolved = con.execute(
        "select trade_id, arg_min(quantity, ingested_at) from raw_trades group by all"
    ).fetchall()
    expected: dict[str, int] = {}
    for trade_id, quantity, _ in sorted(rows, key=lambda row: row[2]):
        expected.setdefault(trade_id, quantity)
    assert dict(resolved) == expected
    assert sum(r.loaded + r.repeated + r.quarantined for r in results) == len(rows)


# ---------------------------------------------------------------- observations


def price(close: str, **changes: object) -> dict[str, Any]:
    return {"symbol": "A", "date": "2025-01-02", "close": close} | changes


def test_a_fix_is_added_and_a_repeat_is_not(con: Con, landed: Land) -> None:
    first = landed("prices", [price("1"), price("1.0"), price("2"), price("1")])
    second = landed("prices", [price("1")], now=NOW + timedelta(days=1))
    assert (first.loaded, first.repeated, second.repeated) == (3, 1, 1)
    assert values(con, "close", "raw_prices") == [(Decimal(1),), (Decimal(2),), (Decimal(1),)]


def test_an_older_observation_is_compared_with_the_one_before_it(landed: Land) -> None:
    landed("prices", [price("1", ingested_at="2025-02-01"), price("2", ingested_at="2025-02-03")])
    result = landed("prices", [price("1", ingested_at="2025-02-02")])
    assert result.repeated == 1
    result = landed("prices", [price("2", ingested_at="2025-02-02")])
    assert result.loaded == 1


def test_what_is_known_twice_holds_back_no_row_of_the_same_number(con: Con, landed: Land) -> None:
    landed("prices", [price("1", ingested_at="2025-02-02")])
    landed("prices", [price("1", ingested_at="2025-02-01")])
    assert landed("prices", [price("2", ingested_at="2025-02-03")]).loaded == 1
    assert len(values(con, "close", "raw_prices")) == 3


def test_a_daily_close_and_a_quote_are_different_things(landed: Land) -> None:
    quote = {"symbol": "A", "timestamp": "2025-01-02T00:00Z", "price": "1"}
    close = {"symbol": "A", "date": "2025-01-02", "price": "1"}
    assert landed("prices", [quote, close]).loaded == 2
    assert landed("prices", [quote, close]).repeated == 2


def test_observations_have_no_versions(con: Con, landed: Land) -> None:
    result = landed("prices", [price("1", version="7", event_type="CANCEL")])
    assert result.ignored_columns == ("version", "event_type")
    assert values(con, "event_type, version", "raw_prices") == [("NEW", 1)]


# ---------------------------------------------------------------- loads


def test_the_same_content_again_adds_nothing_at_all(con: Con, landed: Land) -> None:
    rows = [trade(), trade(), trade(trade_id="bad", side="?")]
    first = landed("trades", rows, content_hash="abc")
    second = landed("trades", rows, content_hash="abc", now=NOW + timedelta(days=9))

    assert (first.loaded, first.repeated, first.quarantined) == (1, 1, 1)
    assert (second.loaded, second.repeated, second.quarantined) == (0, 2, 0)
    assert second.batch_id == first.batch_id
    assert len(quarantined(con)) == 1
    assert con.execute("select count(*) from raw_batches").fetchall() == [(1,)]


def test_the_same_content_may_be_of_two_kinds(landed: Land) -> None:
    row = {"symbol": "A", "date": "2025-01-02", "close": "1"}
    assert landed("prices", [row], content_hash="abc").loaded == 1
    assert landed("instruments", [row], content_hash="abc").loaded == 1


def test_every_load_leaves_a_batch_and_its_counts_add_up(con: Con, landed: Land) -> None:
    landed("trades", [trade(quantity="1.000000001"), trade(quantity="1"), trade(side="?")])
    landed("trades", [trade(side="?")])
    found = con.execute(
        "select kind, source, loaded_count, repeated_count, quarantined_count, rounded_count,"
        " loaded_at from raw_batches order by batch_id"
    ).fetchall()
    assert found == [("trades", "test", 1, 1, 1, 1, NOW), ("trades", "test", 0, 0, 1, 0, NOW)]


def test_batch_ids_are_unique_and_rise_even_at_one_moment(landed: Land) -> None:
    moments = [NOW, NOW, NOW, NOW + timedelta(microseconds=1)]
    ids = [landed("trades", [trade()], now=moment).batch_id for moment in moments]
    assert ids == sorted(set(ids))
    assert ids[0] == "20260102T100000000000-000001"


def test_a_batch_id_of_ones_own_is_used_once(landed: Land) -> None:
    assert landed("trades", [trade()], batch_id="simulation").batch_id == "simulation"
    with pytest.raises(ValueError, match="'simulation' is taken"):
        landed("trades", [trade()], batch_id="simulation")


def test_two_names_of_one_column_are_refused(landed: Land) -> None:
    with pytest.raises(UnusableInput, match="'close' and 'price' both mean close"):
        landed("prices", [price("1", price="2")])


def test_a_failure_leaves_nothing(con: Con, landed: Land) -> None:
    landed("trades", [trade()])
    with pytest.raises(duckdb.ConversionException), transaction(con):
        con.execute("delete from raw_trades; select 'x'::integer")
    assert len(values(con, "trade_id")) == 1


def test_names_are_found_whatever_their_case(con: Con, landed: Land) -> None:
    landed("prices", [{" Symbol ": "A", "DATE": "2025-01-02", "Price": "1"}])
    assert values(con, "symbol, close", "raw_prices") == [("A", Decimal(1))]


def test_values_are_never_sql(con: Con, landed: Land) -> None:
    nasty = "'); drop table raw_trades; --"
    landed("trades", [trade(trade_id=nasty, symbol='"', side="'")], source=nasty)
    landed("trades", [trade(trade_id=nasty)], source=nasty)
    landed("trades", [trade(trade_id=nasty, quantity="3")], source=nasty)
    assert values(con, "trade_id") == [(nasty,)]
    assert len(quarantined(con)) == 2


def test_raw_tables_of_an_older_warehouse_are_brought_up_to_date(con: Con, landed: Land) -> None:
    landed("trades", [trade()])
    con.execute("alter table raw_trades drop column counterparty_id")
    con.execute("alter table raw_trades drop column fees")
    con.execute("drop table raw_fx_rates")
    create_raw_tables(con)
    create_raw_tables(con)
    landed("trades", [trade(trade_id="T2", counterparty_id="X", fees="2")])
    assert values(con, "trade_id, counterparty_id, fees") == [
        ("T1", None, Decimal(0)),
        ("T2", "X", Decimal(2)),
    ]
    assert con.execute("from raw_fx_rates").fetchall() == []
