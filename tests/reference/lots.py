"""First in, first out: the lots of a position, one unit after the other."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.reference.events import Trade


@dataclass(frozen=True)
class LotMatch:
    """A piece of a lot that a later trade closed."""

    open_trade_id: str
    close_trade_id: str
    quantity: Fraction
    open_price: Fraction
    close_price: Fraction
    is_short: bool

    @property
    def realized_pnl(self) -> Fraction:
        """Profit before fees and multiplier; a short gains when the price falls."""
        gain = self.quantity * (self.close_price - self.open_price)
        return -gain if self.is_short else gain


def match_lots(trades: Iterable[Trade]) -> tuple[list[LotMatch], dict[str, Fraction]]:
    """Match the trades of one position, in their order (executed_at, trade_id).

    A queue holds the open lots, all of one sign. A trade of the other sign closes them from the
    front; what is left of it opens a lot of its own (metrics.md, "FIFO lots").

    Args:
        trades: Trades of one account and symbol, in any order.

    Returns:
        The pieces closed, and for each trade with open units their signed quantity.
    """
    matches: list[LotMatch] = []
    lots: deque[tuple[Trade, Fraction]] = deque()
    for trade in sorted(trades, key=lambda trade: (trade.executed_at, trade.trade_id)):
        sign = 1 if trade.side == "BUY" else -1
        left = Fraction(trade.quantity) * sign
        while left and lots and lots[0][1] * left < 0:
            opener, held = lots.popleft()
            closed = min(abs(held), abs(left))
            matches.append(
                LotMatch(
                    open_trade_id=opener.trade_id,
                    close_trade_id=trade.trade_id,
                    quantity=closed,
                    open_price=Fraction(opener.price),
                    close_price=Fraction(trade.price),
                    is_short=held < 0,
                )
            )
            left -= closed * sign
            rest = held + closed * sign
            if rest:
                lots.appendleft((opener, rest))
        if left:
            lots.append((trade, left))
    return matches, {trade.trade_id: quantity for trade, quantity in lots}
