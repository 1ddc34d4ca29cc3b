"""Securities transferred in kind: which legs belong together, and what is no flow (law 13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.reference.events import CashEvent, CorporateAction, SecurityTransfer, Trade
from tests.reference.fx import Conversion, convert


def departures(
    events: Iterable[Trade | SecurityTransfer | CorporateAction | CashEvent],
) -> dict[str, SecurityTransfer]:
    """The OUT leg of each leg, by event_id, where one IN and one OUT leg are a pair.

    A pair has one transfer_id, symbol and quantity, does not arrive on a day before it leaves, and
    no split of the symbol comes between the two.
    """
    legs: dict[tuple[str, str], list[SecurityTransfer]] = defaultdict(list)
    splits: dict[str, list[date]] = defaultdict(list)
    for each in events:
        if isinstance(each, CorporateAction) and each.type == "SPLIT":
            splits[each.symbol].append(each.ex_date)
        if isinstance(each, SecurityTransfer) and each.transfer_id is not None:
            legs[each.transfer_id, each.symbol].append(each)
    pairs = {}
    for several in legs.values():
        ins = [each for each in several if each.direction == "IN"]
        outs = [each for each in several if each.direction == "OUT"]
        if len(ins) != 1 or len(outs) != 1 or ins[0].quantity != outs[0].quantity:
            continue
        left, came = outs[0].transfer_date, ins[0].transfer_date
        is_split = any(left < ex_date <= came for ex_date in splits[ins[0].symbol])
        if left <= came and not is_split:
            pairs[ins[0].event_id] = pairs[outs[0].event_id] = outs[0]
    return pairs


@dataclass(frozen=True, slots=True)
class TransferRow:
    """One row of fact_security_transfers; positive for what came, negative for what left."""

    event: SecurityTransfer
    value_date: date
    local_cost: Fraction
    local_market_value: Fraction | None
    """At the close of the value date; None after the last price."""
    conversion: Conversion | None
    """To the base currency of the account."""
    is_external_flow: bool = True

    @property
    def base_amount(self) -> Fraction | None:
        """The flow, in the base currency of the account."""
        if self.local_market_value is None:
            return None
        return convert(self.local_market_value, self.conversion)


def external_transfers(rows: Sequence[TransferRow]) -> list[TransferRow]:
    """The rows that are flows of a scope that holds exactly these: legs that cancel are none."""
    net: dict[tuple[str, str, date], Fraction] = defaultdict(Fraction)
    for row in rows:
        if row.event.transfer_id is not None:
            key = row.event.transfer_id, row.event.symbol, row.value_date
            net[key] += row.event.signed_quantity
    return [
        row
        for row in rows
        if row.event.transfer_id is None
        or net[row.event.transfer_id, row.event.symbol, row.value_date] != 0
    ]
