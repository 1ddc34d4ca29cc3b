"""First in, first out: cases a person can check."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tests.reference.events import Trade
from tests.reference.ledger import run_ledger
from tests.reference.lots import Lot, match_lots

Order = tuple[str, int, int]
"""Side, quantity, price."""


def _trades(orders: Sequence[Order]) -> list[Trade]:
    start = datetime.fromisoformat("2024-01-02T15:00:00")
    return [
        Trade(
            trade_id=f"t{number}",
            account_id="a",
            symbol="AAA",
            side=side,
            quantity=Fraction(quantity),
            price=Fraction(price),
            executed_at=start + timedelta(minutes=number),
        )
        for number, (side, quantity, price) in enumerate(orders, start=1)
    ]


def held(lots: Sequence[Lot]) -> dict[str, Fraction]:
    return {lot.open_trade_id: lot.quantity for lot in lots}


def test_lots_close_from_the_oldest_and_a_flip_opens_a_short() -> None:
    matches, open_lots = match_lots(
        _trades(
            [
                ("BUY", 10, 100),
                ("BUY", 10, 110),
                ("SELL", 15, 120),
                ("SELL", 10, 90),
                ("BUY", 7, 80),
            ]
        )
    )
    assert [
        (match.open_trade_id, match.close_trade_id, int(match.realized_pnl)) for match in matches
    ] == [("t1", "t3", 200), ("t2", "t3", 50), ("t2", "t4", -100), ("t4", "t5", 50)]
    assert [match.is_short for match in matches] == [False, False, False, True]
    assert held(open_lots["AAA"]) == {"t5": 2}


def test_a_part_disposal_takes_the_oldest_shares_first() -> None:
    """100 at 10, 50 at 12, 120 sold at 15: 100 x 5 + 20 x 3 = 560, and 30 of the second stay."""
    matches, open_lots = match_lots(_trades([("BUY", 100, 10), ("BUY", 50, 12), ("SELL", 120, 15)]))
    assert sum(match.realized_pnl for match in matches) == 560
    assert held(open_lots["AAA"]) == {"t2": 30}


@given(
    st.lists(
        st.tuples(st.sampled_from(["BUY", "SELL"]), st.integers(1, 9), st.integers(1, 20)),
        min_size=1,
        max_size=30,
    )
)
def test_lots_add_up_to_the_position_and_to_average_costs_profit(orders: list[Order]) -> None:
    """Law 3, and law 4: realised less the cost of what is open is the same by both methods."""
    trades = _trades(orders)
    matches, open_lots = match_lots(trades)
    ledger = run_ledger(trades)
    last = ledger[-1]
    lots = open_lots.get("AAA", [])
    assert sum(lot.quantity for lot in lots) == last.position_after
    fifo_cost = sum(lot.quantity * lot.price for lot in lots)
    average_cost = last.position_after * (last.avg_cost_after or 0)
    by_fifo = sum(match.realized_pnl for match in matches) - fifo_cost
    by_average = sum(row.realized_pnl for row in ledger) - average_cost
    assert by_fifo == by_average
