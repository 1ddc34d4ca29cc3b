"""Cash that comes to and leaves the simulated accounts."""

from dataclasses import dataclass

import numpy as np

from producer.simulation.catalogue import INITIAL_CAPITAL
from producer.simulation.market import TRADING_DAYS_A_YEAR, Days, Floats, Ints
from producer.simulation.randomness import Purpose, stream

BOOKED_AT_MS = 13 * 60 * 60_000
"""13:00 UTC: before NYSE opens, in winter and in summer time, so the day trades on it."""

TYPES = ("DEPOSIT", "WITHDRAWAL", "INTEREST", "FEE")
DESCRIPTIONS = ("Client deposit", "Client withdrawal", "Interest on cash", "Custody fee")
DEPOSIT, WITHDRAWAL, INTEREST, FEE = range(len(TYPES))

DEPOSITS_PER_YEAR = 3
WITHDRAWALS_PER_YEAR = 2
FLOW_CENTS = (100_000, 1_000_000)
"""A later deposit or withdrawal: 1,000 to 10,000."""
INTEREST_CENTS = (2_000, 12_000)
FEE_CENTS = 3_000


@dataclass(frozen=True, slots=True)
class Flows:
    """Cash events of one account in order of time: position of the day, code in TYPES, cents."""

    day: Ints
    type: Ints
    cents: Ints


def cash_flows(seed: int, account: int, days: Days) -> Flows:
    """Draw the cash events of one account, at most one of each type on a day.

    The initial capital comes on the first day; deposits and withdrawals follow on random days;
    interest is booked on the first trading day of a month, a fee on that of a quarter.

    Args:
        seed: Seed of the world.
        account: Which account, counted from 0.
        days: Trading days in rising order (datetime64[D]).

    Returns:
        The events. A later last day adds events and leaves the earlier ones as they are.
    """
    chance, size, interest = stream(seed, Purpose.CASH, account).random((len(days), 3)).T
    months = days.astype("datetime64[M]").astype(np.int64)
    new_month = np.diff(months, prepend=months[:1]) > 0
    later = np.arange(len(days)) > 0
    flow = _between(FLOW_CENTS, size)
    amounts = np.zeros((len(days), len(TYPES)), dtype=np.int64)
    amounts[:, DEPOSIT] = np.where(chance < DEPOSITS_PER_YEAR / TRADING_DAYS_A_YEAR, flow, 0)
    amounts[:, WITHDRAWAL] = np.where(
        later & (chance > 1 - WITHDRAWALS_PER_YEAR / TRADING_DAYS_A_YEAR), flow, 0
    )
    amounts[:, INTEREST] = np.where(new_month, _between(INTEREST_CENTS, interest), 0)
    amounts[:, FEE] = np.where(new_month & (months % 3 == 0), FEE_CENTS, 0)
    amounts[0, DEPOSIT] = INITIAL_CAPITAL * 100
    day, kind = np.nonzero(amounts)
    return Flows(day=day, type=kind, cents=amounts[day, kind])


def _between(limits: tuple[int, int], share: Floats) -> Ints:
    lowest, highest = limits
    return lowest + (share * (highest - lowest)).astype(np.int64)
