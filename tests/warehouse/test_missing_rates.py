"""What a missing rate leaves unknown is null and named, and holds nobody else up."""

from __future__ import annotations

import duckdb
import pytest

from infra.orchestration.missing_rates import QUERY, missing_rates
from tests.reference.events import read_files
from tests.warehouse.building import (
    MODELS_AND_DATA_TESTS,
    Load,
    Warehouse,
    Workshop,
    failed,
    fill_from,
    write_files,
)
from tests.warehouse.comparing import assert_no_differences
from tests.warehouse.currency_world import based, moved, share
from tests.warehouse.expected import Expected
from tests.warehouse.raw_rows import cash, close, trade
from tests.warehouse.test_oracle import COMPARISONS

DAYS = ("2024-02-05", "2024-02-06", "2024-02-07")


def unrated_loads() -> list[Load]:
    """No rate at all.

    E1 is in euros and buys at the close, so that it is worth 0. E2 is long and short of as much.
    ODD earns and pays as many XXX, and gains as many as its trade costs. FINE needs no rate.
    """
    accounts = [
        based("E1", "euro", "EUR"),
        based("E2", "euro", "EUR"),
        based("ODD", "odd", "USD"),
        based("FINE", "fine", "USD"),
    ]
    shares = [share("SAP", "EUR"), share("BAS", "EUR"), share("XSH", "XXX"), share("AAA", "USD")]
    trades = [
        trade("t1", "E1", 10, "SAP", 60, DAYS[0]),
        trade("t2", "E2", 10, "SAP", 60, DAYS[0]),
        trade("t3", "E2", -10, "BAS", 60, DAYS[0]),
        trade("t4", "ODD", 10, "XSH", 5, f"{DAYS[1]} 10:00", fees=10),
        trade("t5", "ODD", -10, "XSH", 6, f"{DAYS[1]} 11:00"),
        trade("t6", "FINE", 1, "AAA", 50, DAYS[0]),
    ]
    money = [
        cash("c1", "ODD", "DEPOSIT", 100, DAYS[0]),
        moved("XXX", "c2", "ODD", "INTEREST", 5, DAYS[1]),
        moved("XXX", "c3", "ODD", "FEE", 5, DAYS[1]),
        cash("c4", "FINE", "DEPOSIT", 100, DAYS[0]),
    ]
    prices = [
        close(symbol, day, price)
        for symbol, several in (
            ("SAP", (60, 61, 62)),
            ("BAS", (60, 60, 59)),
            ("XSH", (5, 5, 5)),
            ("AAA", (50, 51, 52)),
        )
        for day, price in zip(DAYS, several, strict=True)
    ]
    return [
        ("accounts", accounts),
        ("instruments", shares),
        ("trades", trades),
        ("cash_events", money),
        ("prices", prices),
    ]


@pytest.fixture(scope="module")
def unrated(
    workshop: Workshop, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Warehouse, Expected]:
    """A book without any rate, and what the oracle expects of it."""
    files = write_files(unrated_loads(), tmp_path_factory.mktemp("unrated"))
    warehouse = workshop.build("unrated", fill_from(files), MODELS_AND_DATA_TESTS)
    return warehouse, Expected(read_files(files))


def scope_values(warehouse: Warehouse, scope_id: str) -> list[tuple[object, ...]]:
    return warehouse.rows(f"""
        select value_status, total_value, cash_balance, positions_value
        from main_facts.fact_scope_value_daily where scope_id = '{scope_id}' order by value_date
    """)  # noqa: S608 - our own names


def test_a_missing_rate_blocks_no_build(unrated: tuple[Warehouse, Expected]) -> None:
    assert failed(unrated[0].outcome) == []


def test_a_euro_account_is_known_in_euros_and_unknown_to_the_firm(
    unrated: tuple[Warehouse, Expected],
) -> None:
    warehouse, _ = unrated
    unknown = ("missing_fx", None, None, None)
    assert scope_values(warehouse, "E1") == [
        ("ok", 0, -600, 600),
        ("ok", 10, -600, 610),
        ("ok", 20, -600, 620),
    ]
    assert scope_values(warehouse, "E2")[0] == ("ok", 0, 0, 0)
    assert scope_values(warehouse, "firm") == [unknown] * 3
    assert [row[:2] for row in scope_values(warehouse, "euro")] == [("missing_fx", None)] * 3
    assert [row[:2] for row in scope_values(warehouse, "fine")] == [
        ("ok", 100),
        ("ok", 101),
        ("ok", 102),
    ]


def test_what_nobody_can_convert_equals_the_oracle(unrated: tuple[Warehouse, Expected]) -> None:
    warehouse, expected = unrated
    for comparison in COMPARISONS:
        table = comparison.table.split(".")[1]
        figures = getattr(expected, table)()
        if figures:
            assert_no_differences(comparison.differences(warehouse, figures), table)


def test_the_missing_pairs_are_named_with_their_first_day(
    unrated: tuple[Warehouse, Expected],
) -> None:
    with duckdb.connect(str(unrated[0].database), read_only=True) as connection:
        missing = missing_rates(connection.execute(QUERY).fetchall())
    assert [(each.pair, str(each.first_date), each.days) for each in missing] == [
        ("EUR/USD", DAYS[0], 3),
        ("XXX/USD", DAYS[1], 1),
    ]
    assert missing[0].line().startswith("missing rate EUR/USD from 2024-02-05 to 2024-02-07")
