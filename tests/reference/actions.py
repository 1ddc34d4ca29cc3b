"""What corporate actions do to units and prices, and which events can be booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from tests.reference.events import CorporateAction, Inputs, Price, Trade
from tests.reference.fx import FxRates

QUANTITY_SCALE = 10**8
TYPES_IN_ORDER = ("SPLIT", "DIVIDEND", "RETURN_OF_CAPITAL", "SPINOFF", "SYMBOL_CHANGE")
"""The order in which actions of one day are effective."""
PAYMENTS = ("DIVIDEND", "RETURN_OF_CAPITAL")


def rounded(quantity: Fraction) -> Fraction:
    """A quantity to 8 places, half away from zero."""
    doubled = 2 * abs(quantity) * QUANTITY_SCALE
    size = Fraction((doubled.numerator + doubled.denominator) // (2 * doubled.denominator))
    return (size if quantity >= 0 else -size) / QUANTITY_SCALE


@dataclass(frozen=True, slots=True)
class ShareHistory:
    """The splits and payments of one symbol, as (ex_date, figure), ascending.

    A payment is a dividend or a return of capital, in the instrument's currency.
    """

    splits: tuple[tuple[date, Fraction], ...] = ()
    dividends: tuple[tuple[date, Fraction], ...] = ()

    def ratio(self, after: date, last: date) -> Fraction:
        """Units on the day `last` for one unit at the end of the day `after`."""
        product = Fraction(1)
        for ex_date, ratio in self.splits:
            if after < ex_date <= last:
                product *= ratio
        return product

    def dividends_per_share(self, after: date, last: date) -> Fraction:
        """Cash per unit of the day `last` that went ex after `after`, later splits restated."""
        return sum(
            (
                amount / self.ratio(ex_date, last)
                for ex_date, amount in self.dividends
                if after < ex_date <= last
            ),
            Fraction(0),
        )


NO_ACTIONS = ShareHistory()


def share_histories(actions: Iterable[CorporateAction]) -> dict[str, ShareHistory]:
    """The history of each symbol that has a split or a dividend."""
    splits: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
    dividends: dict[str, list[tuple[date, Fraction]]] = defaultdict(list)
    for action in actions:
        if action.type == "SPLIT" and action.ratio is not None:
            splits[action.symbol].append((action.ex_date, action.ratio))
        if action.type in PAYMENTS and action.local_amount is not None:
            dividends[action.symbol].append((action.ex_date, action.local_amount))
    return {
        symbol: ShareHistory(
            tuple(sorted(splits.get(symbol, ()))), tuple(sorted(dividends.get(symbol, ())))
        )
        for symbol in splits.keys() | dividends.keys()
    }


# ------------------------------------------------------------------ what can be booked


def _is_in_its_currency(inputs: Inputs, event: Trade | Price | CorporateAction) -> bool:
    return event.currency in (None, inputs.instrument(event.symbol).currency)


def can_be_booked(inputs: Inputs, event: Trade | Price | CorporateAction) -> bool:
    """Whether an event fits its instrument.

    A trade, price or action without a payment is in the currency of its instrument, and a symbol
    that takes over cost is in the currency of the one it comes from, and another symbol. A return
    of capital needs a rate, since it lowers a cost.
    """
    if isinstance(event, CorporateAction) and event.type in PAYMENTS:
        return event.type == "DIVIDEND" or event.local_amount is not None
    if not _is_in_its_currency(inputs, event):
        return False
    if not isinstance(event, CorporateAction) or event.type == "SPLIT":
        return True
    child = event.new_symbol
    if child is None or child == event.symbol:
        return False
    return inputs.instrument(child).currency == inputs.instrument(event.symbol).currency


def rated(inputs: Inputs, rates: FxRates, last_day: date | None) -> Inputs:
    """The inputs with the rates of payments in another currency; after the last day, its rates."""

    def with_rate(action: CorporateAction) -> CorporateAction:
        own = inputs.instrument(action.symbol).currency
        if action.type not in PAYMENTS or action.currency in (None, own) or last_day is None:
            return action
        rate = rates.on(action.currency or own, own, min(action.ex_date, last_day))
        return replace(action, rate=rate.rate if rate else None)

    return replace(inputs, corporate_actions=[with_rate(e) for e in inputs.corporate_actions])


def booked(inputs: Inputs) -> Inputs:
    """The inputs without what cannot be booked."""
    return replace(
        inputs,
        trades=[each for each in inputs.trades if can_be_booked(inputs, each)],
        prices=[each for each in inputs.prices if can_be_booked(inputs, each)],
        corporate_actions=[
            each for each in inputs.corporate_actions if can_be_booked(inputs, each)
        ],
    )
