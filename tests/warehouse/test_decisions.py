"""What the warehouse decided where the specification leaves a choice, worked out by hand."""

from pathlib import Path

import pytest

from tests.warehouse.building import (
    MODELS_AND_DATA_TESTS,
    Load,
    Warehouse,
    Workshop,
    failed,
    fill_from,
    write_files,
)
from tests.warehouse.laws_world import DAYS
from tests.warehouse.raw_rows import account, cash, close, trade

MONDAY = "2024-01-08"


def test_transfer_legs_of_different_amounts_stay_flows_of_the_scope_that_holds_both(
    laws_world: Warehouse,
) -> None:
    flows = laws_world.rows("""
        select value_date::varchar, external_inflow, external_outflow
        from main_facts.fact_scope_value_daily where scope_id = 'uneven' order by value_date
    """)
    assert flows[5] == (DAYS[5], 990, 1000)
    assert flows[6] == (DAYS[6], 0, 0)  # equal legs


def test_what_is_kept_of_an_unequal_transfer_is_no_loss(laws_world: Warehouse) -> None:
    returns = laws_world.rows("""
        select distinct daily_return_pct from main_metrics.scope_returns where scope_id = 'uneven'
    """)
    assert returns == [(0,)]


def test_cash_in_lieu_is_what_a_fraction_realised(laws_world: Warehouse) -> None:
    rows = laws_world.rows("""
        select value_date::varchar, symbol, realized_pnl, total_pnl from main_facts.fact_pnl_daily
        where account_id = 'LIEU' and total_pnl <> 0
    """)
    assert rows == [(MONDAY, "CASH:USD", 7.5, 7.5)]


def test_what_holds_nothing_and_never_moved_has_nothing_to_lose(laws_world: Warehouse) -> None:
    rows = laws_world.rows("""
        select distinct method, status, var_amount, es_amount, var_pct, es_pct
        from main_metrics.value_at_risk where scope_id = 'EMPTY' order by method
    """)
    assert rows == [
        (method, "no_positions", 0, 0, 0, 0)
        for method in ("historical_realized", "historical_simulation")
    ]


def test_a_desk_that_mixes_calendars_is_valued_on_exchange_days(laws_world: Warehouse) -> None:
    days = laws_world.rows("""
        select min(value_date)::varchar, count(*), count_if(isodow(value_date) > 5)
        from main_facts.fact_scope_value_daily where scope_id = 'mixed'
    """)
    assert days == [(DAYS[0], len(DAYS), 0)]
    its_account = "select count_if(isodow(value_date) > 5) from main_metrics.daily_returns"
    assert laws_world.value(f"{its_account} where account_id = 'MIXED-2'") > 0


def test_a_flow_of_a_closed_day_counts_on_the_next_day_of_a_mixed_desk(
    laws_world: Warehouse,
) -> None:
    flows = laws_world.rows("""
        select value_date::varchar, external_inflow, external_outflow
        from main_facts.fact_scope_value_daily
        where scope_id = 'mixed' and external_inflow + external_outflow <> 0
        order by value_date
    """)
    assert flows == [
        (DAYS[0], 100, 0),
        (MONDAY, 100, 0),  # of Saturday
        ("2024-01-16", 0, 5),  # of Saturday too; the 15th is a holiday
    ]


def test_a_coin_in_an_exchange_book_moves_from_exchange_day_to_exchange_day(
    laws_world: Warehouse,
) -> None:
    moves = laws_world.rows("""
        select calendar, isodow(value_date) as weekday, scenario_return_pct
        from main_facts.fact_scenario_returns_daily
        where symbol = 'BITS' and value_date between '2024-01-05' and '2024-01-08'
        order by calendar, value_date
    """)
    # From 10 on Friday over 20 and 40 back to 10 on Monday.
    assert moves == [
        ("24x7", 5, 0),
        ("24x7", 6, 100),
        ("24x7", 7, 100),
        ("24x7", 1, -75),
        ("NYSE", 5, 0),
        ("NYSE", 1, 0),
    ]


def test_the_proxied_part_of_a_desk_is_of_its_net_holdings(laws_world: Warehouse) -> None:
    rows = laws_world.rows("""
        select value_date::varchar, scope_id, proxied_pct from main_metrics.value_at_risk
        where scope_id in ('net', 'NET-1') and method = 'historical_simulation'
            and confidence_pct = 95
        order by scope_type
    """)
    # 10 known at 100 (an even day), and 10 unknown at their cost of 50 of which the desk keeps 4.
    assert [row for row in rows if row[0] == DAYS[60]] == [
        (DAYS[60], "NET-1", pytest.approx(100 * 500 / 1500)),
        (DAYS[60], "net", pytest.approx(100 * 200 / 1200)),
    ]


def test_an_amount_at_risk_is_no_share_of_a_debt(eventful_world: Warehouse) -> None:
    """The day on which WIPE loses all: its value is below zero, so a share of it means nothing."""
    rows = eventful_world.rows("""
        select distinct status, var_amount, es_amount, var_pct, es_pct
        from main_metrics.value_at_risk
        where scope_id = 'WIPE' and value_date = '2020-02-03' and method = 'historical_realized'
    """)
    assert rows == [("no_capital", None, None, None, None)]


def test_who_never_had_capital_neither_gained_nor_lost(eventful_world: Warehouse) -> None:
    """DEBT bought with money that was not there: it has no return, so nothing can be said of it."""
    rows = eventful_world.rows("""
        select status, observation_count, total_return_pct, max_drawdown_pct, cagr_pct, sharpe_ratio
        from main_metrics.performance_summary where scope_id = 'DEBT'
    """)
    assert rows == [("insufficient_history", 0, None, None, None, None)]
    assert eventful_world.rows("""
        select distinct return_status, daily_return_pct from main_metrics.daily_returns
        where account_id = 'DEBT'
    """) == [("no_capital", None)]


def test_what_splits_round_off_and_what_is_huge_holds_nobody_up(
    workshop: Workshop, tmp_path: Path
) -> None:
    """A cent is little beside a rounded share in rupiah, or the last digits of a fortune."""
    first, second, third, fourth = DAYS[:4]
    splits = [
        {"symbol": symbol, "ex_date": third, "type": "SPLIT", "ratio": ratio, "ingested_at": third}
        for symbol, ratio in (("REVERSED", "1:3"), ("DUST", "1:1000"))
    ]
    rate = {"date": first, "base_currency": "USD", "quote_currency": "IDR", "rate": 15_500}
    loads: list[Load] = [
        ("accounts", [account("FAR", "far") | {"base_currency": "IDR"}]),
        ("fx_rates", [rate | {"ingested_at": first}]),
        (
            "cash_events",
            [
                cash("c1", "FAR", "DEPOSIT", 20_000, first) | {"currency": "USD"},
                cash("c2", "HUGE", "DEPOSIT", 10**15, first),
                cash("c3", "ODD", "DEPOSIT", "1000000.37", first),
            ],
        ),
        (
            "trades",
            [
                trade("t1", "FAR", 10, "REVERSED", 100, second),
                trade("t2", "FAR", "0.000001", "DUST", 40, second),
                trade("t3", "HUGE", "123456.789", "MISPRINTED", "10.37", second, fees="1.11"),
                trade("t4", "ODD", "10.37", "MISPRINTED", "10.01", second, fees="0.07"),
            ],
        ),
        ("corporate_actions", splits),
        (
            "prices",
            [
                *(close("REVERSED", day, 100 if day < third else 300) for day in DAYS[:4]),
                *(close("DUST", day, 40 if day < third else 40_000) for day in DAYS[:4]),
                *(close("MISPRINTED", day, "10.73") for day in (first, second, fourth)),
                close("MISPRINTED", third, "123456789012.3456"),
            ],
        ),
    ]
    world = workshop.build("far", fill_from(write_files(loads, tmp_path)), MODELS_AND_DATA_TESTS)
    assert failed(world.outcome) == []
    held = world.rows(f"""
        select symbol, cumulative_position::varchar from main_facts.fact_positions_daily
        where account_id = 'FAR' and value_date = '{third}' order by symbol
    """)  # noqa: S608 - our own names
    assert held == [("DUST", "0.00000000"), ("REVERSED", "3.33333333")]
