"""Cash that comes to and leaves the simulated accounts."""

from dataclasses import dataclass

import numpy as np

from producer.simulation.config import TRADING_DAYS_A_YEAR, WorldConfig
from producer.simulation.market import Days, Floats, Ints
from producer.simulation.randomness import Purpose, stream

BOOKED_AT_MS = 13 * 60 * 60_000
"""13:00 UTC: before NYSE opens, in winter and in summer time, so the day trades on it."""

TYPES = ("DEPOSIT", "WITHDRAWAL", "INTEREST", "FEE")
DESCRIPTIONS = ("Client deposit", "Client withdrawal", "Interest on cash", "Custody fee")
DEPOSIT, WITHDRAWAL, INTEREST, FEE = range(len(TYPES))

CENTS = 100


@dataclass(frozen=True, slots=True)
class Flows:
    """Cash events of one account in order of time: position of the day, code in TYPES, cents."""

    day: Ints
    type: Ints
    cents: Ints


def cash_flows(config: WorldConfig, account: int, days: Days) -> Flows:
    """Draw the cash events of one account, at most one of each type on a day.

    The initial capital comes on the first day; deposits and withdrawals follow on random days;
    interest is booked on the first trading day of a month, a fee on that of a quarter.

    Args:
        config: The settings of the world.
        account: Which account, counted from 0.
        days: Trading days in rising order (datetime64[D]).

    Returns:
        The events. A later last day adds events and leaves the earlier ones as they are.
    """
    model = config.cash
    chance, size, interest = stream(config.seed, Purpose.CASH, account).random((len(days), 3)).T
    months = days.astype("datetime64[M]").astype(np.int64)
    new_month = np.diff(months, prepend=months[:1]) > 0
    later = np.arange(len(days)) > 0
    flow = _between(model.smallest_flow, model.largest_flow, size)
    amounts = np.zeros((len(days), len(TYPES)), dtype=np.int64)
    amounts[:, DEPOSIT] = np.where(chance < model.deposits_per_year / TRADING_DAYS_A_YEAR, flow, 0)
    amounts[:, WITHDRAWAL] = np.where(
        later & (chance > 1 - model.withdrawals_per_year / TRADING_DAYS_A_YEAR), flow, 0
    )
    credited = _between(model.smallest_interest, model.largest_interest, interest)
    amounts[:, INTEREST] = np.where(new_month, credited, 0)
    amounts[:, FEE] = np.where(new_month & (months % 3 == 0), model.custody_fee * CENTS, 0)
    amounts[0, DEPOSIT] = config.initial_capital * CENTS
    day, kind = np.nonzero(amounts)
    return Flows(day=day, type=kind, cents=amounts[day, kind])


def _between(smallest: int, largest: int, share: Floats) -> Ints:
    """Cents from the smallest to the largest amount."""
    return smallest * CENTS + (share * ((largest - smallest) * CENTS)).astype(np.int64)
