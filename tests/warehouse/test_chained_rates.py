"""Rates over chains of quotes, pence and taxes, in books small enough to work out by hand."""

from __future__ import annotations

import pytest

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
from tests.warehouse.comparing import assert_no_differences, figure
from tests.warehouse.currency_world import based, moved, rate, share
from tests.warehouse.expected import Expected
from tests.warehouse.raw_rows import Raw, cash, close, trade
from tests.warehouse.test_oracle import COMPARISONS

DAYS = ("2024-02-05", "2024-02-06", "2024-02-07")
CENT = 0.005


def euro_rates() -> list[Raw]:
    """Quoted in euros and dollars only; the pound misses the last day, the krona has one day."""
    return [
        rate(DAYS[0], "EURUSD", "1.0825"),
        rate(DAYS[1], "EURUSD", "1.0790"),
        rate(DAYS[0], "GBPUSD", "1.26"),
        rate(DAYS[1], "GBPUSD", "1.255"),
        rate(DAYS[0], "GBXGBP", "1"),  # nobody's pound has one penny
        rate(DAYS[0], "NOKEUR", "0.088"),
        rate(DAYS[0], "EURSEK", "11.3"),
    ]


def book_loads() -> list[Load]:
    """Everything but rates.

    E1 is the euro account of a user. LON holds a share that is quoted in pence, SWE one in
    Norwegian kroner. TAX pays a tax and gets a rebate.
    """
    accounts = [
        based("E1", "euro", "EUR"),
        based("LON", "london", "GBP"),
        based("SWE", "north", "SEK"),
        based("TAX", "tax", "USD"),
    ]
    shares = [share("SAP", "EUR"), share("VOD", "GBX"), share("EQN", "NOK")]
    trades = [
        trade("t1", "E1", 10, "SAP", 60, DAYS[0]),
        trade("t2", "LON", 100, "VOD", 70, DAYS[0], fees=500),
        trade("t3", "SWE", 10, "EQN", 100, DAYS[0]),
    ]
    money = [
        cash("c1", "LON", "DEPOSIT", 1_000, DAYS[0]),
        cash("c2", "SWE", "DEPOSIT", 2_000, DAYS[0]),
        cash("c3", "TAX", "DEPOSIT", 100, DAYS[0]),
        cash("c4", "TAX", "TAX", 5, DAYS[1]),
        cash("c5", "TAX", "REBATE", 12, DAYS[2]),
        moved("GBX", "c6", "LON", "INTEREST", 100, DAYS[1]),
    ]
    prices = [
        close(symbol, day, price)
        for symbol, several in (("SAP", (60, 61, 62)), ("VOD", (70, 72, 71)), ("EQN", (100,) * 3))
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
def rated(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The book with its rates."""
    files = write_files(
        [*book_loads(), ("fx_rates", euro_rates())], tmp_path_factory.mktemp("rated")
    )
    return workshop.build("rated", fill_from(files), MODELS_AND_DATA_TESTS)


def values(warehouse: Warehouse, scope_id: str) -> list[float]:
    rows = warehouse.rows(f"""
        select total_value from main_facts.fact_scope_value_daily
        where scope_id = '{scope_id}' order by value_date
    """)  # noqa: S608 - our own names
    return [value for (value,) in rows]


def test_a_euro_account_is_worth_dollars_to_the_firm(rated: Warehouse) -> None:
    assert failed(rated.outcome) == []
    assert values(rated, "E1") == [0, 10, 20]
    assert values(rated, "euro") == pytest.approx([0, 10.79, 21.58], abs=CENT)


def test_a_share_in_pence_is_worth_pounds(rated: Warehouse) -> None:
    """100 shares at 70 pence and a fee of 500 pence cost 75 pounds; 100 pence are earned."""
    assert values(rated, "LON") == pytest.approx([995, 998, 997], abs=CENT)
    assert values(rated, "london") == pytest.approx(
        [995 * 1.26, 998 * 1.255, 997 * 1.255], abs=CENT
    )


def test_two_crowns_meet_in_euros(rated: Warehouse) -> None:
    assert values(rated, "SWE") == pytest.approx([2_000] * 3, abs=CENT)
    chains = rated.rows("""
        select distinct base_currency, quote_currency, quote_chain
        from main_facts.fact_fx_rates_daily
        where base_currency in ('GBX', 'NOK') and quote_currency in ('EUR', 'SEK', 'GBP')
        order by all
    """)
    assert chains == [
        ("GBX", "EUR", "GBX-GBP-USD-EUR"),
        ("GBX", "GBP", "GBX-GBP"),
        ("NOK", "EUR", "NOK-EUR"),
        ("NOK", "GBP", "NOK-EUR-USD-GBP"),
        ("NOK", "SEK", "NOK-EUR-SEK"),
    ]


def test_a_tax_is_a_cost_and_a_rebate_lowers_fees(rated: Warehouse) -> None:
    assert values(rated, "TAX") == [100, 95, 107]
    rows = rated.rows("""
        select fees, total_pnl from main_facts.fact_pnl_daily
        where account_id = 'TAX' order by value_date
    """)
    assert rows == [(0, 0), (5, -5), (-12, 12)]
    flows = rated.rows("""
        select net_external_flow from main_facts.fact_portfolio_value_daily
        where account_id = 'TAX' order by value_date
    """)
    assert flows == [(100,), (0,), (0,)]


def test_chained_rates_equal_the_oracle(
    rated: Warehouse, tmp_path_factory: pytest.TempPathFactory
) -> None:
    loads = [*book_loads(), ("fx_rates", euro_rates())]
    expected = Expected(read_files(write_files(loads, tmp_path_factory.mktemp("oracle"))))
    for comparison in COMPARISONS:
        table = comparison.table.split(".")[1]
        figures = getattr(expected, table)()
        if figures:
            assert_no_differences(comparison.differences(rated, figures), table)


@pytest.mark.parametrize("day", DAYS)
def test_as_of_functions_know_the_same_chains(rated: Warehouse, day: str) -> None:
    stored = rated.rows(f"""
        select base_currency, quote_currency, rate, fx_stale_days
        from main_facts.fact_fx_rates_daily
        where value_date = '{day}' and base_currency <> quote_currency order by all
    """)  # noqa: S608 - our own names
    asked = rated.rows(f"""
        select from_currency, to_currency, rate, fx_stale_days
        from main.fx_rates_between('{day}', '2030-01-01', '2030-01-01')
        where calendar = 'NYSE' order by all
    """)  # noqa: S608 - our own names
    by_pair = {row[:2]: row[2:] for row in asked}
    for base, quote, is_rate, is_stale in stored:
        rate_asked, stale_asked = by_pair[base, quote]
        assert figure(rate_asked, is_rate), (base, quote)
        assert stale_asked == is_stale, (base, quote)
    columns = "account_id, total_value"
    known = rated.rows(f"""
        select {columns} from main.portfolio_value_as_of('{day}', '2030-01-01') order by all
    """)  # noqa: S608 - our own names
    built = rated.rows(f"""
        select {columns} from main_facts.fact_portfolio_value_daily
        where value_date = '{day}' order by all
    """)  # noqa: S608 - our own names
    assert [row[0] for row in known] == [row[0] for row in built]
    assert [row[1] for row in known] == pytest.approx([row[1] for row in built])
