"""A kernel is a function of whole books or scopes: however they are divided, the rows are the same.

So an engine may hand them out to as many machines as it has.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from kernels.historical_simulation import simulate
from kernels.ledger_entries import ledger_entries
from kernels.money_weighted_return import rates
from tests.variables import VARIABLES

DAYS = [date(2024, 1, 1) + timedelta(day) for day in range(40)]
SCOPES = [("account", "a"), ("account", "b"), ("desk", "a"), ("firm", "firm")]


def scenarios(symbols: tuple[str, ...]) -> pa.Table:
    """Returns of two markets, in no order."""
    random = np.random.default_rng(1)
    rows = [
        {
            "calendar": calendar,
            "currency": "USD",
            "symbol": symbol,
            "value_date": day,
            "scenario_return_pct": random.normal(),
            "is_proxied": bool(random.random() < 0.2),
        }
        for day in DAYS
        for calendar in ("NYSE", "24x7")
        for symbol in symbols
    ]
    random.shuffle(rows)
    return pa.Table.from_pylist(rows)


def holdings() -> pa.Table:
    """What four scopes of two markets hold; nobody knows a scenario of C."""
    random = np.random.default_rng(2)
    rows = [
        {
            "scope_type": scope_type,
            "scope_id": scope_id,
            "calendar": "24x7" if scope_id == "b" else "NYSE",
            "currency": "USD",
            "symbol": symbol,
            "value_date": day,
            "market_value": random.normal(0, 1000),
        }
        for day in DAYS[20:]
        for scope_type, scope_id in SCOPES
        for symbol in ("B", "A", "C")
        if random.random() < 0.8
    ]
    random.shuffle(rows)
    return pa.Table.from_pylist(rows)


def valued_days() -> pa.Table:
    """Days of four scopes: one was without money for a while, and of one a flow is unknown."""
    random = np.random.default_rng(3)
    rows = [
        {
            "scope_type": scope_type,
            "scope_id": scope_id,
            "value_date": day,
            "span_number": None if scope_id == "b" and 15 <= number < 18 else 1 + number // 18,
            "external_inflow": None
            if (scope_type, number) == ("desk", 9)
            else 100.0 * (number in (0, 18, 25)),
            "external_outflow": 90.0 * (number == 17),
            "total_value": 0.0 if number == 17 else 100.0 + random.normal() + number / 4,
        }
        for scope_type, scope_id in SCOPES
        for number, day in enumerate(DAYS)
    ]
    random.shuffle(rows)
    return pa.Table.from_pylist(rows)


def events() -> pa.Table:
    """Trades, splits and a transfer between two accounts, in two chains of three books."""
    random = np.random.default_rng(4)
    empty = {
        "new_symbol": None, "out_event_id": None, "signed_quantity": None, "price": 0.0,
        "unit_cost": None, "new_shares": 1, "old_shares": 1, "moved_cost_ratio": 0.0,
        "unit_scale_ratio": 1.0, "amount": None,
    }  # fmt: skip
    rows = []
    for account_id, symbol in [("a", "AAA"), ("a", "BBB"), ("c", "AAA")]:
        book = {"first_account_id": account_id, "chain_id": symbol, "symbol": symbol}
        for number in range(1, 21):
            event = {"account_id": account_id, "type": "TRADE", "price": 10 + number / 8}
            event["signed_quantity"] = Decimal(int(random.integers(-9, 12)) or 1)
            if number == 10:
                event = {"account_id": account_id, "type": "SPLIT", "new_shares": 3}
            if (
                number >= 19 and account_id == "a"
            ):  # the last lots go to an account of the same book
                quantity = Decimal(2 if number == 20 else -2)
                event = {"type": "TRANSFER", "out_event_id": "o", "signed_quantity": quantity}
                event |= {"account_id": "b" if number == 20 else "a", "unit_cost": 7.0}
            rows.append(empty | book | {"event_number": number} | event)
    quantity = pa.field("signed_quantity", pa.decimal128(28, 8))
    table = pa.Table.from_pylist(rows)
    return table.set_column(
        table.column_names.index("signed_quantity"),
        quantity,
        table["signed_quantity"].cast(quantity.type),
    )


KERNELS: dict[str, tuple[Callable[[pa.Table], pa.Table], pa.Table, tuple[str, str]]] = {
    "simulation": (
        partial(
            lambda held, returns: simulate(held, returns, window=12, confidence_levels=[75, 90]),
            returns=scenarios(("A", "B", "D")),
        ),
        holdings(),
        ("scope_type", "scope_id"),
    ),
    "money_weighted_return": (
        partial(
            rates,
            negligible_amount=VARIABLES["negligible_amount"],
            days_per_year=VARIABLES["days_per_year"],
        ),
        valued_days(),
        ("scope_type", "scope_id"),
    ),
    "ledger": (
        partial(
            ledger_entries,
            cost_methods=VARIABLES["cost_methods"],
            largest_position=VARIABLES["largest_position"],
            largest_cost=VARIABLES["largest_cost"],
        ),
        events(),
        ("first_account_id", "chain_id"),
    ),
}


@pytest.mark.parametrize("name", KERNELS)
def test_parts_apart_are_parts_together(name: str) -> None:
    kernel, table, keys = KERNELS[name]
    together = kernel(table)
    parts = table.group_by(keys).aggregate([]).to_pylist()
    apart = [
        kernel(table.filter(pc.and_(*(pc.equal(table[key], part[key]) for key in keys))))
        for part in parts
    ]
    assert len(parts) > 2
    assert all(len(rows) for rows in apart)
    order = [(key, "ascending") for key in keys]
    divided = pa.concat_tables(apart)
    assert divided.schema == together.schema
    assert divided.sort_by(order).to_pylist() == together.sort_by(order).to_pylist()


@pytest.mark.parametrize("name", KERNELS)
def test_nothing_in_is_nothing_out_of_the_same_columns(name: str) -> None:
    kernel, table, _ = KERNELS[name]
    nothing = kernel(table.slice(0, 0))
    assert len(nothing) == 0
    assert nothing.schema == kernel(table).schema


@pytest.mark.parametrize("name", ["simulation", "money_weighted_return"])
def test_rows_come_in_any_order(name: str) -> None:
    kernel, table, _ = KERNELS[name]
    turned = table.take(pa.array(range(len(table) - 1, -1, -1)))
    assert kernel(turned).to_pylist() == kernel(table).to_pylist()


def test_the_simulation_values_only_what_has_scenarios_and_knows_its_own_market() -> None:
    held = holdings()
    kernel, _, _ = KERNELS["simulation"]
    of_two = kernel(held.filter(pc.not_equal(held["symbol"], "C")))
    assert kernel(held).to_pylist() == of_two.to_pylist()
    (first,) = [
        row
        for row in kernel(held).to_pylist()
        if (row["scope_id"], row["value_date"]) == ("b", DAYS[30])
    ]
    returns = {
        (row["symbol"], row["value_date"]): row["scenario_return_pct"] / 100
        for row in scenarios(("A", "B", "D")).to_pylist()
        if row["calendar"] == "24x7"
    }
    values = {
        row["symbol"]: row["market_value"]
        for row in held.to_pylist()
        if (row["scope_id"], row["value_date"]) == ("b", DAYS[30]) and row["symbol"] != "C"
    }
    losses = sorted(
        (
            -sum(value * returns[symbol, day] for symbol, value in values.items())
            for day in DAYS[19:31]
        ),
        reverse=True,
    )
    assert first["observation_count"] == 12
    assert first["worst_losses"] == pytest.approx(losses[:4])  # 25 % of 12, and one more


def test_a_scope_whose_market_has_no_scenario_is_left_out() -> None:
    of_one_market = scenarios(("A", "B")).filter(pc.field("calendar") == "NYSE")
    tails = simulate(holdings(), of_one_market, window=12, confidence_levels=[90])
    assert set(tails["scope_id"].to_pylist()) == {"a", "firm"}


def test_an_entry_names_events_by_their_book_and_number() -> None:
    kernel, table, _ = KERNELS["ledger"]
    entries = kernel(table).to_pylist()
    moved = [row for row in entries if row["entry"] == "moved_lot" and row["cost_method"] == "FIFO"]
    assert {row["event_number"] for row in moved} == {19, 20}
    assert {(row["first_account_id"], row["chain_id"]) for row in moved} == {
        ("a", "AAA"),
        ("a", "BBB"),
    }
    sent = {row["open_event_number"] for row in moved if row["event_number"] == 19}
    assert {row["open_event_number"] for row in moved if row["event_number"] == 20} == sent
    assert {row["account_id"] for row in entries if row["entry"] == "open_lot"} >= {"b", "c"}
