"""Rates, and books in several currencies."""

from dataclasses import replace
from fractions import Fraction

import pytest

from tests.reference.books import Books, build_books
from tests.reference.calendar import trading_calendar
from tests.reference.events import Account, FxRate, Inputs, Instrument
from tests.reference.explain import explain
from tests.reference.fx import Conversion, FxRates
from tests.reference.performance import daily_returns, wealth_index
from tests.reference.risk import Window, build_scenarios, replay_stress, scope_holdings
from tests.reference.scopes import build_scopes
from tests.reference.small_world import cash, close, day, money, rate, seen, split, trade
from tests.reference.test_books import unexplained


def rates(*stated: FxRate) -> FxRates:
    return FxRates(stated, trading_calendar("NYSE", [day("01-02")]))


# ------------------------------------------------------------------ rates


def test_a_rate_is_carried_forward_and_counts_trading_days() -> None:
    known = rates(rate("01-05", "EURUSD", "1.25"))
    assert known.on("EUR", "USD", day("01-04")) is None
    assert known.on("EUR", "USD", day("01-07")) == Conversion(Fraction(5, 4), 0)
    assert known.on("EUR", "USD", day("01-09")) == Conversion(Fraction(5, 4), 2)
    assert known.on("USD", "EUR", day("01-09")) == Conversion(Fraction(4, 5), 2)
    assert known.on("XXX", "XXX", day("01-01")) == Conversion(Fraction(1), 0)


def test_a_pair_of_its_own_wins_over_its_inverse_and_the_way_through_usd() -> None:
    known = rates(
        rate("01-02", "EURGBP", "0.8"),
        rate("01-03", "GBPEUR", "1.5"),
        rate("01-04", "EURUSD", "1"),
        rate("01-04", "GBPUSD", "1"),
    )
    assert known.on("EUR", "GBP", day("01-05")) == Conversion(Fraction(4, 5), 3)
    assert known.on("GBP", "EUR", day("01-02")) == Conversion(Fraction(5, 4), 0)
    assert known.on("GBP", "EUR", day("01-03")) == Conversion(Fraction(3, 2), 0)


def test_two_currencies_meet_in_usd_with_the_staleness_of_the_older_leg() -> None:
    known = rates(
        rate("01-02", "USDJPY", 150), rate("01-04", "USDGBP", "0.8"), rate("01-03", "EURUSD", 2)
    )
    assert known.on("JPY", "GBP", day("01-03")) is None
    assert known.on("JPY", "GBP", day("01-05")) == Conversion(Fraction(8, 1500), 3)
    assert known.on("EUR", "JPY", day("01-03")) == Conversion(Fraction(300), 1)


def test_a_chain_has_at_most_three_quotes_and_pence_need_none() -> None:
    known = rates(
        rate("01-02", "GBXGBP", 1),  # nobody's pound has one penny
        rate("01-02", "GBPUSD", 2),
        rate("01-03", "EURUSD", 4),
        rate("01-03", "EURSEK", 8),
        rate("01-05", "USDSEK", 16),
    )
    assert known.on("GBX", "GBP", day("01-01")) == Conversion(Fraction(1, 100), 0)
    assert known.on("GBP", "GBX", day("01-01")) == Conversion(Fraction(100), 0)
    assert known.on("GBX", "EUR", day("01-02")) is None
    assert known.on("GBX", "EUR", day("01-04")) == Conversion(Fraction(1, 200), 2)
    assert known.on("GBX", "SEK", day("01-04")) is None, "four quotes away"
    assert known.on("GBX", "SEK", day("01-05")) == Conversion(Fraction(32, 100), 3)


def test_the_shortest_chain_wins_then_the_dollar_then_the_alphabet() -> None:
    norse = [rate("01-02", "NOKEUR", 2), rate("01-02", "EURSEK", 3)]
    assert rates(*norse).on("NOK", "SEK", day("01-02")) == Conversion(Fraction(6), 0)
    swiss = [rate("01-02", "NOKCHF", 5), rate("01-02", "CHFSEK", 5)]
    assert rates(*norse, *swiss).on("NOK", "SEK", day("01-02")) == Conversion(Fraction(25), 0)
    dollars = [rate("01-02", "NOKUSD", 7), rate("01-02", "SEKUSD", 1)]
    known = rates(*norse, *swiss, *dollars)
    assert known.on("NOK", "SEK", day("01-02")) == Conversion(Fraction(7), 0)
    assert known.on("SEK", "NOK", day("01-02")) == Conversion(Fraction(1, 7), 0)


# ------------------------------------------------------------------ books

EURO = {"X": Instrument("X", currency="EUR")}
RATES = [rate("01-02", "EURUSD", "1.1"), rate("01-03", "EURUSD", "1.2")]

# 10 X for EUR 100, at 11 and then at 12, while the euro goes from 1.10 to 1.20.
EUROS = Inputs(
    trades=[trade("1", "01-02", 10, 10)],
    cash_events=[cash("c", "01-02", "DEPOSIT", 1000)],
    prices=[close("01-02", 11), close("01-03", 12)],
    fx_rates=RATES,
    instruments=EURO,
)


def test_a_euro_position_gains_by_its_price_and_by_the_euro() -> None:
    books = build_books(EUROS)
    first, second = day("01-02"), day("01-03")
    assert books.cash_balances["A", "EUR", second].cash_balance == -100
    assert books.cash_balances["A", "EUR", second].cash_value == -120
    assert [row.total_value for row in books.portfolio.values()] == [1011, 1024]
    position = books.positions["A", "X", second]
    assert seen(position.market_value, position.cost_basis, position.unrealized_pnl) == (
        144,
        120,
        24,
    )
    pnl = books.pnl["A", "X", second]
    assert seen(pnl.unrealized_pnl_change, pnl.fx_pnl, pnl.total_pnl) == (13, 10, 23)
    assert books.pnl["A", "CASH:EUR", second].fx_pnl == -10
    assert books.pnl["A", "CASH:USD", second].total_pnl == 0
    assert ("A", "CASH:EUR", first) in books.pnl
    assert set(unexplained(books)) == {0}


def test_the_explanation_keeps_price_rate_and_cross_apart() -> None:
    row = explain(build_books(EUROS))["A", "X", day("01-03")]
    assert seen(row.price_pnl, row.fx_pnl, row.cross_pnl) == (11, 11, 1)
    assert seen(row.total_pnl, row.unexplained) == (23, 0)
    cash_row = explain(build_books(EUROS))["A", "CASH:EUR", day("01-03")]
    assert seen(cash_row.fx_cash_pnl, cash_row.total_pnl) == (-10, -10)


def test_what_is_realised_is_at_the_rate_of_its_day() -> None:
    sold = replace(EUROS, trades=[*EUROS.trades, trade("2", "01-03", -10, 13, fees=1)])
    books = build_books(sold)
    pnl = books.pnl["A", "X", day("01-03")]
    assert pnl.realized_pnl == 36  # EUR 30
    assert pnl.unrealized_pnl_change == -11
    assert pnl.fees == Fraction(6, 5)
    assert books.positions["A", "X", day("01-03")].realized_pnl_to_date == 36
    explained = explain(books)["A", "X", day("01-03")]
    assert explained.trading_pnl == 12  # sold at 13, a euro above the close
    assert explained.unexplained == 0
    assert set(unexplained(books)) == {0}


def test_a_split_moves_neither_value_nor_pnl_in_any_currency() -> None:
    books = build_books(
        replace(
            EUROS,
            prices=[close("01-02", 11), close("01-03", 6)],
            corporate_actions=[split("01-03", "2:1")],
        )
    )
    assert books.portfolio["A", day("01-03")].total_value == 1024
    assert books.pnl["A", "X", day("01-03")].fx_pnl == 10
    row = explain(books)["A", "X", day("01-03")]
    assert seen(row.price_pnl, row.fx_pnl, row.cross_pnl, row.unexplained) == (11, 11, 1, 0)


def test_a_conversion_is_worth_its_legs_in_the_row_of_what_came_in() -> None:
    """USD 115 for EUR 100 that are worth 120 is a gain of 5; a leg alone is a result of itself."""
    books = build_books(
        Inputs(
            cash_events=[
                cash("c", "01-02", "DEPOSIT", 1000),
                cash("out", "01-03", "FX_OUT", 115, transfer_id="t"),
                cash("in", "01-03", "FX_IN", 100, transfer_id="t", currency="EUR"),
                cash("alone", "01-03", "FX_OUT", 7),
            ],
            prices=[close("01-03", 1)],
            fx_rates=RATES,
        )
    )
    assert books.pnl["A", "CASH:EUR", day("01-03")].fx_pnl == 5
    assert books.pnl["A", "CASH:USD", day("01-03")].fx_pnl == -7
    assert books.portfolio["A", day("01-03")].net_external_flow == 0
    row = explain(books)["A", "CASH:EUR", day("01-03")]
    assert seen(row.trading_pnl, row.fx_cash_pnl, row.unexplained) == (5, 0, 0)
    assert set(unexplained(books)) == {0}


def test_foreign_interest_and_fees_are_pnl_at_the_rate_of_their_day() -> None:
    books = build_books(
        Inputs(
            cash_events=[
                cash("i", "01-03", "INTEREST", 10, currency="EUR"),
                cash("f", "01-03", "FEE", 5, currency="EUR"),
                cash("l", "01-03", "CASH_IN_LIEU", 1, currency="EUR"),
            ],
            prices=[close("01-03", 1)],
            fx_rates=RATES,
        )
    )
    row = books.pnl["A", "CASH:EUR", day("01-03")]
    assert seen(row.interest, row.fees, row.realized_pnl) == (12, 6, Fraction(6, 5))
    assert set(unexplained(books)) == {0}


def test_an_account_is_valued_in_its_base_currency_and_a_desk_in_the_firms() -> None:
    inputs = Inputs(
        cash_events=[
            cash("a", "01-02", "DEPOSIT", 100),  # of its base currency
            cash("b", "01-02", "DEPOSIT", 100, account_id="B"),
        ],
        prices=[close("01-02", 1), close("01-03", 1)],
        fx_rates=RATES,
        accounts={"A": Account("A", base_currency="EUR")},
    )
    scopes = build_scopes(build_books(inputs))
    assert [row.total_value for row in scopes["account", "A"].values.values()] == [100, 100]
    assert [row.total_value for row in scopes["firm", "firm"].values.values()] == [210, 220]
    assert scopes["firm", "firm"].values[day("01-02")].inflow == 210
    assert scopes["account", "A"].currency == "EUR"
    returns = {key: daily_returns(scope.values)[day("01-03")] for key, scope in scopes.items()}
    assert returns["account", "A"].daily_return == 0
    assert returns["firm", "firm"].daily_return == float(Fraction(10, 210))


# ------------------------------------------------------------------ missing rates


def missing(*trades_after: tuple[str, int]) -> Books:
    """5 X in a currency without a rate, from the 3rd on."""
    return build_books(
        Inputs(
            trades=[
                trade("0", "01-03", 5, 2),
                *(trade(on, on, quantity, 2) for on, quantity in trades_after),
            ],
            cash_events=[cash("c", "01-02", "DEPOSIT", 100), cash("i", "01-05", "INTEREST", 10)],
            prices=[close("01-03", 2), close("01-08", 2)],
            instruments={"X": Instrument("X", currency="XXX")},
        )
    )


def test_a_value_without_a_rate_is_none_and_so_is_every_sum_that_needs_it() -> None:
    books = missing()
    position = books.positions["A", "X", day("01-03")]
    assert (position.market_value, position.cost_basis) == (None, None)
    assert position.unrealized_pnl is None, "unknown less unknown, though it stands at its cost"
    assert seen(position.close_price, position.value_status) == (2, "missing_fx")
    row = books.portfolio["A", day("01-03")]
    assert (row.total_value, row.cash_balance, row.value_status) == (None, None, "missing_fx")
    assert row.net_external_flow == 0
    assert books.pnl["A", "X", day("01-04")].total_pnl is None
    assert books.pnl["A", "X", day("01-03")].realized_pnl == 0
    assert books.pnl["A", "CASH:USD", day("01-05")].total_pnl == 10
    assert explain(books)["A", "X", day("01-03")].unexplained is None


def test_a_return_needs_both_values_and_the_index_is_flat_over_missing_ones() -> None:
    books = missing(("01-04", -5))  # at its cost: cash and position are exactly 0 again
    scope = build_scopes(books)["firm", "firm"]
    rows = daily_returns(scope.values)
    assert [row.status for row in rows.values()] == ["ok", "missing_fx", "missing_fx", "ok", "ok"]
    assert [row.daily_return for row in rows.values()] == [
        0.0,
        None,
        None,
        pytest.approx(0.1),
        0.0,
    ]
    assert list(wealth_index(rows).values()) == pytest.approx([1, 1, 1, 1.1, 1.1])


# ------------------------------------------------------------------ risk


def test_scenarios_are_in_the_currency_of_the_scope_and_cash_is_a_holding() -> None:
    books = build_books(EUROS)
    (scope,) = [each for key, each in build_scopes(books).items() if key[0] == "firm"]
    scenarios = build_scenarios(books, "NYSE")
    assert scenarios.symbols == ["X", "CASH:EUR"]
    up = (1 + 1 / 11) * (1.2 / 1.1) - 1
    assert scenarios.returns.tolist() == [[pytest.approx(up), pytest.approx(1.2 / 1.1 - 1)]]
    assert scope_holdings(books, scope)[day("01-03")] == {("A", "X"): 144, ("A", "CASH:EUR"): -120}
    in_euro = build_scenarios(books, "NYSE", "EUR")
    assert in_euro.symbols == ["X", "CASH:USD"]
    assert in_euro.returns.tolist() == [[pytest.approx(1 / 11), pytest.approx(1.1 / 1.2 - 1)]]


def test_a_replay_moves_prices_and_rates() -> None:
    books = build_books(EUROS)
    window = Window(day("01-02"), day("01-03"), books.closes, books.rates)
    holdings: dict[str, float | None] = {"X": 110.0, "CASH:EUR": -110.0}
    row = replay_stress(holdings, money(1000), day("01-03"), window, EURO, [])
    assert row.pnl_amount == pytest.approx(110 * (12 / 11 * 1.2 / 1.1 - 1) - 10)
    assert not row.is_fallback
    earlier = replay_stress(holdings, money(1000), day("01-02"), window, EURO, [])
    assert (earlier.pnl_amount, earlier.is_fallback) == (0, True)
    assert replay_stress({"X": None}, None, day("01-03"), window, EURO, []).pnl_amount is None


def balances(books: Books) -> list[tuple[object, ...]]:
    return [
        (currency, on.isoformat()[5:], row.cash_balance)
        for (_, currency, on), row in books.cash_balances.items()
    ]


def test_a_balance_has_a_row_from_its_first_movement_on() -> None:
    books = build_books(
        Inputs(
            cash_events=[
                cash("a", "01-02", "DEPOSIT", 5),
                cash("b", "01-03", "DEPOSIT", 1, currency="EUR"),
                cash("c", "01-04", "WITHDRAWAL", 1, currency="EUR"),
            ],
            prices=[close("01-05", 1)],
        )
    )
    assert balances(books) == [
        *(("USD", on, 5) for on in ("01-02", "01-03", "01-04", "01-05")),
        ("EUR", "01-03", 1),
        ("EUR", "01-04", 0),
        ("EUR", "01-05", 0),
    ]
    assert books.portfolio["A", day("01-04")].total_value == 5
    assert books.portfolio["A", day("01-04")].net_external_flow is None
