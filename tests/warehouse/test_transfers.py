"""Securities transferred in kind: by hand, in steps, and as they were known."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.building import Warehouse
from tests.warehouse.restating import (
    Bench,
    assert_no_differing_rows,
    compare_databases,
    deliver,
    project_without_tests,
    write_deliveries,
)
from tests.warehouse.transfer_world import DELIVERED, transfer_deliveries

POSITIONS = """
    account_id, symbol, value_date, value_status, cumulative_position, avg_cost_per_share,
    market_value
"""
VALUES = "account_id, value_date, value_status, total_value, cash_balance, positions_value"
DAYS = ("2024-02-10", "2024-02-16", "2024-02-21", "2024-02-27")


@pytest.fixture(scope="module")
def at_once(transfer_world: Warehouse) -> Warehouse:
    """The world, built once."""
    return transfer_world


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Path]:
    """The database after each delivery, built in steps."""
    folder = tmp_path_factory.mktemp("transfers")
    project, bench = project_without_tests(folder), Bench(folder / "bench")
    database = folder / "in_steps.duckdb"
    copies = []
    for place, files in enumerate(write_deliveries(transfer_deliveries(), folder / "files")):
        deliver(database, files)
        bench.built(database, project)
        copies.append(Path(shutil.copy(database, folder / f"received_{place}.duckdb")))
    return copies


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


# ------------------------------------------------------------------ by hand


def test_lots_go_with_their_cost_and_their_trades(at_once: Warehouse) -> None:
    # 20 held at an average of 9: by FIFO the 10 of t1 and 2 of t2 go, by LIFO the 10 of t2.
    found = at_once.rows("""
        select cost_method, event_id, open_trade_id, signed_quantity::integer, open_price::integer
        from main_facts.fact_transferred_lots
        where event_id in ('o1', 'i1') and cost_method <> 'HIFO' order by all
    """)
    assert found == [
        ("FIFO", "i1", "t1", 10, 8),
        ("FIFO", "i1", "t2", 2, 10),
        ("FIFO", "o1", "t1", -10, 8),
        ("FIFO", "o1", "t2", -2, 10),
        ("LIFO", "i1", "t1", 2, 8),
        ("LIFO", "i1", "t2", 10, 10),
        ("LIFO", "o1", "t1", -2, 8),
        ("LIFO", "o1", "t2", -10, 10),
    ]


def test_a_transfer_realises_nothing_and_is_a_flow_at_the_close(at_once: Warehouse) -> None:
    found = at_once.rows("""
        select event_id, cost_basis, market_value, avg_cost_after, realized_pnl,
            acquired_date::varchar
        from main_facts.fact_security_transfers
        where event_id in ('o1', 'i1', 'l1', 'l2', 's1') order by all
    """)
    assert found == [
        ("i1", 108, 132, 9, 0, "2024-02-02"),
        ("l1", 15, 36, 5, 0, "2019-03-04"),
        ("l2", 48, 48, 9, 0, "2024-02-05"),  # (3 at 5 + 4 at the close of 12) / 7
        ("o1", -108, -132, 9, 0, "2024-02-02"),
        ("s1", -101, -126, 14, 0, "2024-02-07"),  # 5 held at 9, 4 sold short at the close of 14
    ]
    # 10 at 8 and 10 at 10, 12 of them gone at the close of 11: value falls by the flow and no more.
    values = at_once.rows("""
        select account_id, total_value, net_external_flow, daily_return_pct
        from main_facts.fact_portfolio_value_daily
        join main_metrics.daily_returns using (account_id, value_date)
        where account_id in ('GIVE', 'TAKE') and value_date = '2024-02-02' order by all
    """)
    assert values == [
        ("GIVE", 908, -132, pytest.approx(100 * (1040 / 1020 - 1))),
        ("TAKE", 132, 132, pytest.approx(0)),
    ]
    (desk,) = at_once.rows("""
        select total_value, external_inflow, external_outflow
        from main_facts.fact_scope_value_daily
        where scope_id = 'one' and value_date = '2024-02-02'
    """)
    assert desk == (1040, 0, 0)  # the desk holds both legs


def test_profit_brought_along_is_none_of_the_day(at_once: Warehouse) -> None:
    found = at_once.rows("""
        select account_id, day(value_date), realized_pnl, unrealized_pnl, unrealized_pnl_change,
            total_pnl
        from main_facts.fact_pnl_daily
        where account_id in ('GIVE', 'TAKE', 'ALON') and symbol = 'X'
            and value_date <= '2024-02-07' order by all
    """)
    assert found == [
        ("ALON", 5, 0, 21, 0, 0),
        ("ALON", 6, 8, 20, -1, 7),
        ("ALON", 7, 0, 0, 5, 5),
        ("GIVE", 1, 0, 20, 20, 20),
        ("GIVE", 2, 0, 16, 20, 20),
        ("GIVE", 5, 0, 24, 8, 8),
        ("GIVE", 6, 0, 32, 8, 8),
        ("GIVE", 7, 0, 40, 8, 8),
        ("TAKE", 2, 0, 24, 0, 0),
        ("TAKE", 5, 0, 36, 12, 12),
        ("TAKE", 6, 20, 28, -8, 12),
        ("TAKE", 7, 0, 35, 7, 7),
    ]


def test_what_is_doubtful_is_found(at_once: Warehouse) -> None:
    found = at_once.rows("""
        select record_id, reason, is_booked from main_facts.fact_booking_exceptions
        where record_type = 'security_transfer' and record_id in (
                'l1', 'l2', 'n2', 's1', 'i9', 'ot', 'iu', 'of', 'zz'
            )
        order by all
    """)
    assert found == [
        ("i9", "no cost_per_share: booked at the close", True),
        ("i9", "one leg of a transfer without the other", True),
        ("iu", "no cost_per_share: booked at the close", True),
        ("iu", "one leg of a transfer without the other", True),
        ("l2", "no cost_per_share: booked at the close", True),
        ("n2", "neither cost_per_share nor a close by its day", False),
        ("of", "no rate of its currency on its day", True),
        ("ot", "one leg of a transfer without the other", True),
        ("s1", "delivers more than is held", True),
        ("zz", "cancels what was never received", False),
    ]


# ------------------------------------------------------------------ in steps


def test_in_steps_is_at_once(received: Sequence[Path], at_once: Warehouse) -> None:
    assert_no_differing_rows(compare_databases(received[-1], at_once.database))


# ------------------------------------------------------------------ as it was known


@pytest.mark.parametrize("place", range(len(DELIVERED)))
def test_the_functions_tell_what_was_built_then(
    received: Sequence[Path], at_once: Warehouse, place: int
) -> None:
    for day in DAYS:
        for columns, function, table in (
            (
                POSITIONS,
                "positions_as_of",
                "fact_positions_daily where cumulative_position <> 0",
            ),
            (
                VALUES,
                "portfolio_value_as_of",
                "fact_portfolio_value_daily where true",
            ),
        ):
            known = at_once.rows(
                f"select {columns} from {function}('{day}', '{DELIVERED[place]}')"  # noqa: S608 - our own names
                f" where value_date = '{day}' order by all"
            )
            built = rows(
                received[place],
                f"select {columns} from main_facts.{table} and value_date = '{day}' order by all",  # noqa: S608 - our own names
            )
            assert [list(map(_approximately, row)) for row in built] == [list(row) for row in known]


def _approximately(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value


@pytest.mark.parametrize("day", DAYS)
def test_a_restatement_adds_up(at_once: Warehouse, day: str) -> None:
    for known_from, known_to in itertools.pairwise(DELIVERED):
        if day > known_from:  # not yet priced
            continue
        changes = dict(
            at_once.rows(f"""
                select account_id, sum(amount) from restatement_explain(
                    '{day}', '{known_from}', '{known_to}'
                ) where value_status = 'ok' group by account_id
            """)  # noqa: S608 - our own names
        )
        values = [
            dict(
                at_once.rows(
                    f"select account_id, total_value from portfolio_value_as_of('{day}', '{at}')"  # noqa: S608 - our own names
                )
            )
            for at in (known_from, known_to)
        ]
        for account_id in values[1].keys() - {"MISS"}:
            before, after = (each.get(account_id) or 0 for each in values)
            assert changes.get(account_id, 0) == pytest.approx(after - before, abs=1e-6)


def test_a_restatement_names_the_leg_that_made_it(at_once: Warehouse) -> None:
    # On the 16th two of GIVE's legs were cancelled or corrected since.
    found = at_once.rows(f"""
        select account_id, event_kind, event_key, amount
        from restatement_explain('2024-02-16', '{DELIVERED[0]}', '{DELIVERED[-1]}')
        where event_kind = 'security_transfer' and account_id in ('GIVE', 'ALON', 'TAKE')
        order by all
    """)  # noqa: S608 - our own names
    # A share of X closed at 21 on the 16th of February.
    assert found == [
        ("ALON", "security_transfer", "oc", -21),
        ("GIVE", "security_transfer", "o9", 21),
        ("TAKE", "security_transfer", "oc", 21),
    ]
