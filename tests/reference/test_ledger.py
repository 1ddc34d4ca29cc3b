"""Average cost: hand-worked cases and the identity cash + value - flows = P&L."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.events import Instrument, Trade
from tests.reference.ledger import (
    FLAT,
    LedgerRow,
    Position,
    apply_trade,
    run_ledger,
    trade_cash_effect,
)
from tests.reference.small_world import money, trade


def run(*trades: Trade, multiplier: int = 1) -> list[LedgerRow]:
    return run_ledger(
        trades, instrument=lambda symbol: Instrument(symbol, multiplier=Fraction(multiplier))
    )


def states(*trades: Trade) -> list[tuple[object, ...]]:
    return [(row.position_after, row.avg_cost_after, row.realized_pnl) for row in run(*trades)]


def test_buying_more_averages_the_cost_and_selling_some_keeps_it() -> None:
    assert states(
        trade("1", "01-02", 10, 10),
        trade("2", "01-03", 30, 14),
        trade("3", "01-04", -15, 15),
    ) == [(10, 10, 0), (40, 13, 0), (25, 13, 30)]


def test_a_short_earns_when_the_price_falls() -> None:
    assert states(
        trade("1", "01-02", -10, 20),
        trade("2", "01-03", -10, 10),
        trade("3", "01-04", 5, 11),
    ) == [(-10, 20, 0), (-20, 15, 0), (-15, 15, 20)]


def test_flat_is_exactly_zero_without_a_cost() -> None:
    assert states(
        trade("1", "01-02", "0.1", 10),
        trade("2", "01-03", "0.2", 10),
        trade("3", "01-04", "-0.3", 9),
    )[-1] == (0, None, money("-0.3"))


def test_crossing_realizes_the_whole_old_position_and_starts_at_the_price() -> None:
    long_to_short = states(trade("1", "01-02", 10, 10), trade("2", "01-03", -25, 12))
    assert long_to_short[-1] == (-15, 12, 20)
    short_to_long = states(trade("1", "01-02", -10, 10), trade("2", "01-03", 25, 12))
    assert short_to_long[-1] == (15, 12, -20)


def test_a_free_share_has_a_cost_of_zero_and_still_is_a_holding() -> None:
    assert apply_trade(FLAT, money(10), money(0)) == (Position(money(10), money(0)), money(0))
    assert apply_trade(Position(money(10), money(0)), money(10), money(4))[0].average_cost == 2


def test_order_is_execution_then_trade_id_whatever_the_order_of_arrival() -> None:
    trades = (
        trade("b", "01-02", -10, 12),
        trade("a", "01-02", 10, 10),
        trade("c", "01-01", 1, 1),
    )
    assert [row.trade.trade_id for row in run(*trades)] == ["c", "a", "b"]
    assert run(*trades) == run(*reversed(trades))


def test_the_multiplier_scales_what_is_realized_but_not_the_cost_of_a_unit() -> None:
    row = run(trade("1", "01-02", 2, 10), trade("2", "01-03", -1, 11), multiplier=50)[-1]
    assert row.realized_pnl == 50
    assert row.avg_cost_after == 10


quantities = st.decimals("0.00000001", "1000000", places=8)
prices = st.decimals("0", "100000", places=10)
fees = st.decimals("0", "1000", places=8)
one_trade = st.tuples(st.booleans(), quantities | st.just(1), prices, fees)


@settings(max_examples=500, derandomize=True, database=None, deadline=None)
@given(st.lists(one_trade, min_size=1, max_size=12), prices, st.sampled_from([1, 100]))
def test_cash_and_position_value_less_flows_are_the_pnl_exactly(
    drawn: list[tuple[bool, object, object, object]], last_price: object, multiplier: int
) -> None:
    deposit = Fraction(1_000_000)
    trades = [
        trade(f"{n:02}", "01-02", ("" if is_buy else "-") + str(q), str(p), fees=str(fee))
        for n, (is_buy, q, p, fee) in enumerate(drawn)
    ]
    rows = run(*trades, multiplier=multiplier)
    held, cost = rows[-1].position_after, rows[-1].avg_cost_after
    value = held * Fraction(str(last_price)) * multiplier
    cash = deposit + sum(trade_cash_effect(each, Fraction(multiplier)) for each in trades)

    realized = sum(row.realized_pnl for row in rows)
    unrealized = value - held * (cost or 0) * multiplier
    paid = sum(each.fees for each in trades)
    assert held == sum(each.signed_quantity for each in trades)
    assert (cost is None) == (held == 0)
    assert cash + value - deposit == realized + unrealized - paid
