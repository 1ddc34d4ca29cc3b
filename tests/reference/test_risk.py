"""The tail rule, VaR and ES of both historical methods, stress."""

import math
from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from tests.reference.books import Books, build_books
from tests.reference.calendar import trading_calendar
from tests.reference.classes import known_name
from tests.reference.events import Inputs, Instrument, Price
from tests.reference.performance import ReturnRow, daily_returns
from tests.reference.risk import (
    REALIZED,
    SIMULATION,
    Outcomes,
    Scenarios,
    Shock,
    VarKey,
    Window,
    build_scenarios,
    hypothetical_stress,
    order_index,
    realized_outcomes,
    replay_stress,
    scope_holdings,
    simulated_outcomes,
    tail_of,
    value_at_risk,
    var_row,
)
from tests.reference.scopes import Scope, Valuation, build_scopes
from tests.reference.small_world import cash, close, day, money, trade

# ------------------------------------------------------------------ the tail rule


@pytest.mark.parametrize(
    ("count", "alpha_bp", "index"),
    [
        (100, 500, 5),
        (500, 100, 5),
        (1000, 250, 25),
        (250, 100, 3),
        (250, 250, 7),
        (250, 500, 13),
        (30, 100, 1),
        (101, 100, 2),
    ],
)
def test_the_order_index_is_exact_where_floats_are_not(
    count: int, alpha_bp: int, index: int
) -> None:
    assert order_index(count, alpha_bp) == index
    losses = [float(loss) for loss in range(1, count + 1)]
    assert tail_of(losses, alpha_bp).var == count - index + 1


def test_the_trap_is_real() -> None:
    assert math.ceil(100 * (1 - 0.95)) == 6


def test_expected_shortfall_takes_a_fraction_of_the_next_loss() -> None:
    losses = [float(loss) for loss in range(1, 11)]
    tail = tail_of(losses, 2500)
    assert (tail.var, tail.tail_count, tail.order_index) == (8, Fraction(5, 2), 3)
    assert tail.es == (10 + 9 + 0.5 * 8) / 2.5


def test_a_whole_tail_count_takes_no_fraction() -> None:
    tail = tail_of([4.0, 1.0, 3.0, 2.0], 5000)
    assert (tail.var, tail.es, tail.order_index) == (3, 3.5, 2)


def test_a_tail_below_one_observation_is_the_worst_loss() -> None:
    tail = tail_of([1.0, 5.0, 3.0], 100)
    assert (tail.var, tail.order_index) == (5, 1)
    assert tail.es == pytest.approx(5)


def test_gains_make_a_negative_loss_that_is_not_clipped() -> None:
    assert tail_of([-3.0, -1.0, -2.0, -4.0], 2500).var == -1


loss_lists = st.lists(st.floats(-1, 1), min_size=1, max_size=60)


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(loss_lists, st.sampled_from([100, 250, 500, 2500]))
def test_shortfall_is_the_minimum_of_rockafellar_and_uryasev(
    losses: list[float], alpha_bp: int
) -> None:
    def objective(level: float) -> float:
        beyond = math.fsum(max(loss - level, 0.0) for loss in losses)
        return level + beyond * 10000 / (alpha_bp * len(losses))

    tail = tail_of(losses, alpha_bp)
    assert tail.es == pytest.approx(min(objective(loss) for loss in losses), rel=1e-9, abs=1e-12)
    assert tail.es >= tail.var - 1e-12


def test_shortfall_agrees_with_a_search_and_var_with_numpy() -> None:
    losses = np.random.default_rng(3).standard_t(4, size=237)
    for alpha_bp in (100, 250, 500):
        alpha = alpha_bp / 10000
        found = optimize.minimize_scalar(
            lambda level, alpha=alpha: level + np.maximum(losses - level, 0).mean() / alpha,
            bounds=(losses.min(), losses.max()),
            method="bounded",
            options={"xatol": 1e-12},
        )
        tail = tail_of(losses.tolist(), alpha_bp)
        assert tail.es == pytest.approx(found.fun, rel=1e-7)
        assert tail.var == -np.quantile(-losses, alpha, method="inverted_cdf")


# ------------------------------------------------------------------ statuses

LOSSES = [float(loss) for loss in range(250)]
PLAIN = Outcomes(LOSSES, unit=1.0, scale=1000.0, value=Fraction(2000), proxied_pct=0.0)


def test_amounts_and_percents_of_the_value() -> None:
    row = var_row(PLAIN, 100)
    assert (row.status, row.observation_count, row.order_index) == ("ok", 250, 3)
    assert (row.var_amount, row.var_pct) == (247, 12.35)
    assert row.es_amount == pytest.approx((249 + 248 + 0.5 * 247) / 2.5)


@pytest.mark.parametrize(
    ("outcomes", "status", "amount", "percent"),
    [
        (replace(PLAIN, losses=LOSSES[:29]), "insufficient_history", None, None),
        (replace(PLAIN, losses=LOSSES[:30]), "thin_tail", 29.0, 1.45),
        (replace(PLAIN, losses=LOSSES[:100]), "short_window", 99.0, 4.95),
        (replace(PLAIN, losses=LOSSES[:249]), "short_window", 246.0, 12.3),
        (replace(PLAIN, proxied_pct=50.0), "ok", 247.0, 12.35),
        (replace(PLAIN, proxied_pct=50.1), "short_history", None, None),
        (replace(PLAIN, losses=[3.0] * 250), "constant", None, None),
        (replace(PLAIN, value=Fraction(0)), "no_capital", 247.0, None),
        (replace(PLAIN, value=Fraction(-5)), "no_capital", 247.0, None),
        (replace(PLAIN, losses=[0.0] * 250, has_positions=False), "no_positions", 0.0, 0.0),
        (replace(PLAIN, losses=[], has_positions=False), "no_positions", 0.0, 0.0),
    ],
)
def test_a_status_says_why(
    outcomes: Outcomes, status: str, amount: float | None, percent: float | None
) -> None:
    row = var_row(outcomes, 100)
    assert row.status == status
    assert row.var_amount == amount
    assert row.var_pct == (None if percent is None else pytest.approx(percent))
    assert (row.es_amount is None) == (amount is None)


# ------------------------------------------------------------------ scenarios


def test_a_missing_return_is_its_sector_then_its_asset_class_then_nothing() -> None:
    prices = [close("01-02", 100, symbol=symbol) for symbol in ("A1", "A2", "B1", "C1", "D1")]
    prices += [
        close("01-03", 110, symbol="A1"),
        close("01-03", 130, symbol="A2"),
        close("01-04", 121, symbol="A1"),
        close("01-04", 120, symbol="B1"),
    ]
    sectors = {"A1": "tech", "A2": "tech", "A3": "tech", "B1": "oil", "C1": None, "D1": None}
    instruments = {
        symbol: Instrument(symbol, sector=sector, asset_class=None if symbol == "D1" else "EQUITY")
        for symbol, sector in sectors.items()
    }
    trades = [trade("1", "01-02", 1, 5, symbol="A3")]
    scenarios = build_scenarios(
        build_books(Inputs(trades=trades, prices=prices, instruments=instruments)), "NYSE"
    )
    assert scenarios.days == (day("01-03"), day("01-04"))
    assert scenarios.symbols == ["A1", "A2", "A3", "B1", "C1", "D1"]
    expected = [
        [0.1, 0.3, 0.2, 0.2, 0.2, 0.0],  # oil: mean of all equities with a return that day
        [0.1, 0.1, 0.1, 0.2, 0.15, 0.0],  # B1 moved since the 2nd, its last own close
    ]
    assert scenarios.returns == pytest.approx(np.array(expected))
    assert scenarios.is_proxied.tolist() == [
        [False, False, True, True, True, True],
        [False, True, True, False, True, True],
    ]


def test_holdings_of_a_day_go_through_the_last_scenarios_up_to_it() -> None:
    days = [day("01-03"), day("01-04"), day("01-05")]
    returns = np.array([[0.1, 0.0], [-0.2, 0.1], [9.0, 9.0]])
    is_proxied = np.array([[False, True], [False, False], [True, True]])
    scenarios = Scenarios(days, ["X", "Y"], returns, is_proxied)
    holdings = {("A", "X"): money(300), ("A", "Y"): money(-50), ("B", "Y"): money(-50)}
    outcomes = simulated_outcomes(holdings, money(500), day("01-04"), scenarios)
    assert outcomes.losses == pytest.approx([-30.0, 60.0 + 10.0])
    assert outcomes.proxied_pct == pytest.approx(100 * (100 / 400) / 2)
    assert outcomes.has_positions


def test_a_day_on_which_the_symbol_is_closed_is_no_gap() -> None:
    books = build_books(
        Inputs(
            prices=[
                close("01-05", 10),
                close("01-08", 11),
                *[close(f"01-0{n}", n, symbol="BTC") for n in (5, 6, 7, 8)],
            ],
            instruments={"BTC": Instrument("BTC", calendar="24x7")},
        )
    )
    weekend = build_scenarios(books, "24x7")
    assert weekend.symbols == ["BTC", "X"]
    assert weekend.returns[:, 1].tolist() == [0, 0, pytest.approx(0.1)]
    assert not weekend.is_proxied.any()


@pytest.mark.parametrize("hole", [5, 6])
def test_a_hole_in_a_feed_is_no_day(hole: int) -> None:
    is_proxied = hole > 5
    days = trading_calendar("NYSE", [day("01-02")]).between(day("01-02"), day("03-01"))[: hole + 3]
    prices = [Price("X", each, None, money(100)) for each in days[:2]]
    prices.append(Price("X", days[-1], None, money(50)))
    prices += [Price("Y", each, None, money(10)) for each in days]
    instruments = {name: Instrument(name, sector="oil") for name in ("X", "Y")}
    scenarios = build_scenarios(build_books(Inputs(prices=prices, instruments=instruments)), "NYSE")
    assert scenarios.returns[-1].tolist() == [0.0 if is_proxied else -0.5, 0.0]
    assert scenarios.is_proxied[-1].tolist() == [is_proxied, False]


def test_what_was_sold_is_no_holding() -> None:
    books = build_books(
        Inputs(
            trades=[trade("1", "01-02", 1, 5), trade("2", "01-03", -1, 5)],
            prices=[close("01-02", 5), close("01-03", 6)],
        )
    )
    holdings = scope_holdings(books, build_scopes(books)["firm", "firm"])
    assert holdings == {day("01-02"): {("A", "X"): Fraction(5)}, day("01-03"): {}}


def test_both_methods_look_back_250_days_and_no_further() -> None:
    days = trading_calendar("NYSE", [day("01-02")]).days[:300]
    moves = np.linspace(-0.3, 0.3, 300)[:, np.newaxis]
    scenarios = Scenarios(days, ["X"], moves, np.zeros((300, 1), dtype=bool))
    simulated = simulated_outcomes({("A", "X"): money(1)}, money(1), days[-1], scenarios)
    assert simulated.losses == pytest.approx((-moves[50:, 0]).tolist())

    rows = {on: ReturnRow(float(moves[n, 0]), "ok", 1) for n, on in enumerate(days)}
    values = {on: Valuation(money(1), money(0), money(0)) for on in days}
    realized = realized_outcomes(Scope(("A",), "NYSE", 252, values), rows)
    assert realized[days[-1]].losses == simulated.losses


def coin_world(days: int) -> Books:
    """X doubles and halves in turn on each NYSE day; A holds one from the last-but-one day on."""
    weekdays = trading_calendar("NYSE", [day("01-02")]).days[:days]
    prices = [Price("X", on, None, Fraction(1 + n % 2)) for n, on in enumerate(weekdays)]
    start = weekdays[-2].isoformat()
    return build_books(
        Inputs(
            trades=[trade("1", start, 1, prices[-2].close.numerator)],
            cash_events=[cash("c", start, "DEPOSIT", 10)],
            prices=prices,
        )
    )


def test_the_age_of_the_account_matters_to_the_realized_method_only() -> None:
    books = coin_world(42)
    last = books.last_day
    assert last is not None
    rows = value_at_risk(books, build_scopes(books))
    assert len(rows) == 3 * 2 * 2 * 3  # scopes, days, methods, confidences
    simulated = rows[VarKey("firm", "firm", last, SIMULATION, 95.0)]
    # One X is worth 2 at the close; 21 of the 41 scenarios double it, the others halve it.
    assert (simulated.status, simulated.observation_count) == ("short_window", 41)
    assert (simulated.tail_count, simulated.order_index) == (Fraction(41, 20), 3)
    assert simulated.var_amount == 1
    assert simulated.es_amount == pytest.approx(1)
    assert simulated.var_pct == pytest.approx(100 / 11)
    assert simulated.proxied_pct == 0
    realized = rows[VarKey("firm", "firm", last, REALIZED, 95.0)]
    assert (realized.status, realized.observation_count) == ("insufficient_history", 2)


def test_realized_losses_are_the_returns_and_amounts_are_percents_of_the_value() -> None:
    books = coin_world(42)
    scope = build_scopes(books)["firm", "firm"]
    outcomes = realized_outcomes(scope, daily_returns(scope.values))
    assert books.last_day is not None
    assert outcomes[books.last_day].losses == [0.0, pytest.approx(-1 / 10)]
    row = var_row(
        Outcomes([0.01 * n for n in range(250)], unit=11.0, scale=1.0, value=Fraction(11)), 500
    )
    assert row.var_pct == pytest.approx(100 * 2.37)
    assert row.var_amount == pytest.approx(2.37 * 11)


def test_var_rises_with_confidence_and_scales_with_the_holdings() -> None:
    days = trading_calendar("NYSE", [day("01-02")]).days[:100]
    moves = np.random.default_rng(5).standard_t(4, size=(100, 2)) * 0.01
    scenarios = Scenarios(days, ["X", "Y"], moves, np.zeros((100, 2), dtype=bool))

    def amounts(times: int) -> list[float | None]:
        holdings = {("A", "X"): money(100 * times), ("A", "Y"): money(-30 * times)}
        outcomes = simulated_outcomes(holdings, money(1000), days[-1], scenarios)
        return [var_row(outcomes, alpha_bp).var_amount for alpha_bp in (500, 250, 100)]

    once = [amount for amount in amounts(1) if amount is not None]
    assert once == sorted(once)
    assert amounts(3) == pytest.approx([3 * amount for amount in once])


def test_a_later_price_changes_no_earlier_row() -> None:
    books = coin_world(42)
    before = value_at_risk(books, build_scopes(books))
    later = Price("X", date(2024, 12, 30), None, Fraction(500))
    grown = build_books(replace(books.inputs, prices=[*books.inputs.prices, later]))
    after = value_at_risk(grown, build_scopes(grown))
    assert {key: after[key] for key in before} == before


# ------------------------------------------------------------------ stress

INSTRUMENTS = {
    "X": Instrument("X", sector="tech", asset_class="EQUITY"),
    "Y": Instrument("Y", sector="tech", asset_class="EQUITY"),
    "Z": Instrument("Z", sector="oil", asset_class="EQUITY"),
}
SHOCKS = [
    Shock("asset_class", "EQUITY", -0.5),
    Shock("sector", "tech", -0.25),
    Shock("symbol", "X", 0.125),
]


def test_the_narrowest_shock_counts() -> None:
    holdings: dict[str, float | None] = {"X": 80.0, "Y": -40.0, "Z": 20.0, "unknown": 7.0}
    row = hypothetical_stress(holdings, Fraction(200), INSTRUMENTS, SHOCKS)
    assert (row.pnl_amount, row.pnl_pct, row.is_fallback) == (10.0 + 10.0 - 10.0, 5.0, False)
    assert hypothetical_stress(holdings, Fraction(0), INSTRUMENTS, SHOCKS).pnl_pct is None


def test_what_no_shock_reaches_is_a_share_of_the_gross_and_more_than_half_of_it_is_not_ok() -> None:
    def covered(**holdings: float | None) -> tuple[float | None, str]:
        named = {name.replace("CASH_", "CASH:"): held for name, held in holdings.items()}
        row = hypothetical_stress(named, Fraction(200), INSTRUMENTS, SHOCKS)
        return row.unshocked_pct, row.status

    assert covered(X=60.0, unknown=-20.0, CASH_EUR=1000.0) == (25, "ok")
    assert covered(X=20.0, unknown=20.0) == (50, "ok")
    assert covered(X=20.0, unknown=60.0) == (75, "not_covered")
    assert covered(unknown=60.0) == (100, "not_covered")
    assert covered(CASH_EUR=10.0) == covered() == (0, "ok")
    assert covered(X=None, unknown=60.0) == (None, "missing_fx")


def test_a_class_goes_by_any_of_its_names() -> None:
    names = {"equity": "EQUITY", "commonstock": "EQUITY", "45": "Information Technology"}
    for received in ("EQUITY", "equity", " Common Stock", "common-stock"):
        assert known_name(received, names) == "EQUITY"
    for received in ("45", "4510", "451020", "45102010"):
        assert known_name(received, names) == "Information Technology"
    for received in ("450", "45102", "Équity", "option"):
        assert known_name(received, names) == received
    assert known_name(None, names) is None


def test_a_replay_uses_closes_where_there_are_any_and_shocks_where_not() -> None:
    books = build_books(
        Inputs(
            prices=[
                close("01-02", 100),
                close("01-05", 75),
                close("01-04", 10, symbol="Z"),
                close("01-05", 5, symbol="Z"),
            ]
        )
    )
    window = Window(day("01-03"), day("01-06"), books.closes, books.rates)

    def replay(holdings: dict[str, float | None], on: str) -> tuple[float | None, bool]:
        row = replay_stress(holdings, Fraction(100), day(on), window, INSTRUMENTS, SHOCKS)
        return row.pnl_amount, row.is_fallback

    assert replay({"X": 40.0}, "01-08") == (-10.0, False)
    assert replay({"X": 40.0, "Z": 20.0}, "01-08") == (-20.0, True), "no close of Z at the start"
    assert replay({"X": 40.0}, "01-05") == (5.0, True), "the window is not over yet"
    assert replay({}, "01-08") == (0.0, False)
