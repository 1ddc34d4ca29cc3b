"""Whatever is accepted can be built: no row that ingest lets in stops everybody's figures."""

from pathlib import Path

import pytest

from tests.warehouse.building import (
    MODELS_AND_DATA_TESTS,
    Load,
    Workshop,
    fill_from,
    write_files,
)
from tests.warehouse.currency_world import action, based, rate, share
from tests.warehouse.odd_rows import odd_loads
from tests.warehouse.raw_rows import close, trade, trading_days

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 40))]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_accepted_can_be_built(workshop: Workshop, tmp_path: Path, seed: int) -> None:
    loads = odd_loads(seed)
    files = write_files(loads, tmp_path)

    warehouse = workshop.build(f"odd_{seed}", fill_from(files), MODELS_AND_DATA_TESTS)

    assert {node.name: node.message for node in warehouse.outcome.nodes if node.has_failed} == {}
    loaded, refused = warehouse.rows(
        "select sum(loaded_count), sum(quarantined_count) from raw_batches"
    )[0]
    assert loaded > refused
    assert warehouse.signed_zeros() == []


BEFORE, EX_DATE, AFTER = "2024-02-06", "2024-02-08", "2024-02-12"
MANY, DEAR = 10**15, 10**12
"""The largest quantity and the largest price that are accepted."""


def too_large_together() -> list[Load]:
    """Rows inside every limit whose products no decimal holds, beside an ordinary book."""
    symbols = ("MANY", "DEAR", "PARENT", "OLD", "CHILD", "NEW", "PLAIN")
    return [
        # Of its own desk: pounds of 9e-10 kroner, where a krone is 9e10 dollars.
        ("accounts", [based("BIG", "odd", "USD"), based("KRONE", "kroner", "NOK"),
                      based("OTHER", "odd", "USD")]),
        ("instruments", [share(symbol, "USD") for symbol in symbols]
                        + [share("SALMON", "NOK"), share("KILT", "GBP")]),
        ("trades", [
            trade("many", "BIG", MANY, "MANY", 1, BEFORE),
            trade("few", "OTHER", 10, "MANY", 1, BEFORE),
            trade("dear", "BIG", 2, "DEAR", DEAR, BEFORE),
            trade("parent", "BIG", -MANY, "PARENT", 1, BEFORE),
            trade("old", "BIG", 3, "OLD", DEAR, BEFORE),
            trade("plain", "BIG", 5, "PLAIN", 20, BEFORE),
            {**trade("salmon", "KRONE", 7, "SALMON", 31, BEFORE), "currency": "NOK"},
            {**trade("kilt", "KRONE", 3, "KILT", 17, BEFORE), "currency": "GBP"},
        ]),
        ("corporate_actions", [
            action("MANY", EX_DATE, "SPLIT", ratio="1000000:1"),
            action("DEAR", EX_DATE, "SPLIT", ratio="1:1000000"),
            action("PARENT", EX_DATE, "SPINOFF", ratio="1000000:1", new_symbol="CHILD",
                   cost_fraction="0.5"),
            action("OLD", EX_DATE, "SYMBOL_CHANGE", ratio="1:1000000", new_symbol="NEW"),
            action("PLAIN", EX_DATE, "SPLIT", ratio="2:1"),
        ]),
        ("prices", [close(symbol, BEFORE, DEAR if symbol in ("DEAR", "OLD") else 20)
                    for symbol in (*symbols, "SALMON", "KILT")]
                   + [close("PLAIN", day, 10) for day in trading_days("2024-02-08", "2024-02-16")]),
        ("fx_rates", [rate(BEFORE, "GBPUSD", 1.27), rate(BEFORE, "NOKEUR", 0.087),
                      rate(BEFORE, "EURUSD", 1.0825), rate(AFTER, "EURUSD", DEAR)]),
    ]  # fmt: skip


def test_what_no_decimal_holds_is_not_applied_and_named(workshop: Workshop, tmp_path: Path) -> None:
    files = write_files(too_large_together(), tmp_path)

    warehouse = workshop.build("too_large_together", fill_from(files), MODELS_AND_DATA_TESTS)

    assert {node.name: node.message for node in warehouse.outcome.nodes if node.has_failed} == {}
    assert warehouse.value("select count(*) from raw_quarantine") == 0
    assert warehouse.rows(
        "select symbol, account_id, position_after from main_facts.fact_corporate_actions"
        " where not is_applied order by symbol"
    ) == [("DEAR", "BIG", 2), ("MANY", "BIG", MANY), ("OLD", "BIG", 3), ("PARENT", "BIG", -MANY)]
    assert warehouse.rows(
        "select position_after from main_facts.fact_corporate_actions"
        " where is_applied and symbol in ('PLAIN', 'MANY') order by 1"
    ) == [(10,), (10_000_000,)]
    assert warehouse.rows(
        "select distinct close_price, value_status from main_facts.fact_positions_daily"
        " where symbol = 'DEAR' and value_date >= '2024-02-08'"
    ) == [(None, "at_cost")]
    assert warehouse.rows(
        "select symbol, detail from main_facts.fact_booking_exceptions"
        " where reason like 'makes a position%' order by symbol"
    ) == [("DEAR", "in BIG"), ("MANY", "in BIG"), ("OLD", "in BIG"), ("PARENT", "in BIG")]
    assert (
        warehouse.rows(
            "select account_id, symbol, cumulative_position, avg_cost_per_share"
            " from main.positions_as_of(date '2024-02-12', timestamp '2100-01-01')"
            " except select account_id, symbol, cumulative_position, avg_cost_per_share"
            " from main_facts.fact_positions_daily where value_date = '2024-02-12'"
        )
        == []
    )
