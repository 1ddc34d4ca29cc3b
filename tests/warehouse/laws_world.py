"""Variants of one book side by side, each an account of its own, so that one build shows the laws.

Beside them stand small accounts on which a person can work out the decisions of the warehouse.
"""

from __future__ import annotations

from tests.warehouse.building import Load
from tests.warehouse.eventful_world import wave
from tests.warehouse.raw_rows import (
    Raw,
    account,
    all_days,
    cancel,
    cancel_cash,
    cash,
    close,
    instrument,
    trade,
    trading_days,
)

FIRST_DAY, LAST_DAY = "2024-01-02", "2024-05-10"
DAYS = trading_days(FIRST_DAY, LAST_DAY)
QUIET_DAY = DAYS[40]
"""Prices stand still and nobody trades: a day without P&L."""

SCALES = {"": 1.0, "HALF-": 0.5, "TRIPLE-": 3.0, "THOUSAND-": 1000.0}
"""Prefixes of account and symbols, and what all their prices, cash and fees are multiplied by."""

WITHDRAWAL_DAYS = [DAYS[number] for number in (0, 1, 7, 20, 40, 55, 70, 89)]
TIMES = 5


def book(account_id: str, *, scale: float = 1, times: float = 1, symbols: str = "") -> list[Load]:
    """The book that all variants vary: longs, a short, a reversal, fees, interest, flows.

    Args:
        account_id: Its account.
        scale: Factor of prices, cash and fees.
        times: Factor of quantities, cash and fees.
        symbols: Prefix of its two symbols.
    """
    a, b, amount = f"{symbols}A", f"{symbols}B", scale * times

    def bought(name: str, quantity: float, symbol: str, price: float, day: int) -> Raw:
        return trade(
            f"{account_id}-{name}",
            account_id,
            times * quantity,
            symbol,
            scale * price,
            DAYS[day],
            fees=amount * 1.25,
        )

    def moved(name: str, kind: str, value: float, day: int) -> Raw:
        return cash(f"{account_id}-{name}", account_id, kind, amount * value, DAYS[day])

    return [
        (
            "trades",
            [
                bought("1", 40, a, 101, 1),
                bought("2", 100, b, 31, 2),
                bought("3", -10, a, 98, 9),
                bought("4", -160, b, 29, 21),
                bought("5", 90, b, 30, 48),
                bought("6", 12.5, a, 103, 60),
            ],
        ),
        (
            "cash_events",
            [
                moved("deposit", "DEPOSIT", 10_000, 0),
                moved("withdrawal", "WITHDRAWAL", 500, 30),
                moved("interest", "INTEREST", 3, 31),
                moved("fee", "FEE", 2, 62),
            ],
        ),
    ]


def _markets() -> list[Load]:
    prices: list[Raw] = []
    instruments: list[Raw] = []
    for prefix, scale in SCALES.items():
        for symbol, base, speed in (("A", 100, 0.13), ("B", 30, 0.21)):
            name = prefix + symbol
            instruments.append(instrument(name, sector=f"{prefix}sector", asset_class=name))
            for number, day in enumerate(DAYS):
                seen = number - 1 if day == QUIET_DAY else number
                prices.append(close(name, day, scale * wave(seen, base, speed)))
    return [("instruments", instruments), ("prices", prices)]


def _variants() -> list[Load]:
    loads: list[Load] = []
    for prefix, scale in SCALES.items():
        loads += book(f"{prefix}BASE", scale=scale, symbols=prefix)
    loads += book("TIMES", times=TIMES)
    loads += book("DEPOSIT")
    loads += [("cash_events", [cash("more", "DEPOSIT", "DEPOSIT", 4_000, QUIET_DAY)])]
    for number, day in enumerate(WITHDRAWAL_DAYS):
        name = f"WITHDRAWAL-{number}"
        loads += book(name)
        loads += [("cash_events", [cash(f"less-{number}", name, "WITHDRAWAL", 700, day)])]
    loads += book("CANCELLED")
    loads += [
        (
            "trades",
            [
                trade("void-1", "CANCELLED", 30, "A", 100, DAYS[5], fees=9),
                trade("void-1", "CANCELLED", 35, "A", 100, DAYS[6], fees=9, version=2),
                cancel("void-1", 3, DAYS[8]),
                trade("void-2", "CANCELLED", -500, "VOID", 10, DAYS[0]),
                cancel("void-2", 2, DAYS[1]),
            ],
        ),
        (
            "cash_events",
            [
                cash("void-3", "CANCELLED", "DEPOSIT", 1_000_000, DAYS[3]),
                cancel_cash("void-3", 2, DAYS[4]),
            ],
        ),
    ]
    return loads


def _decisions() -> list[Load]:
    """Accounts for test_decisions.py; each desk is a case."""
    saturday, monday = "2024-01-06", "2024-01-08"
    return [
        (
            "accounts",
            [
                account("UNEVEN-1", "uneven"),
                account("UNEVEN-2", "uneven"),
                account("NET-1", "net"),
                account("NET-2", "net"),
                account("MIXED-1", "mixed"),
                account("MIXED-2", "mixed", calendar="24x7"),
                account("LIEU", "lieu"),
                account("EMPTY", "empty"),
            ],
        ),
        (
            "instruments",
            [
                instrument("KNOWN", asset_class="KNOWN"),
                instrument("UNKNOWN", asset_class="UNKNOWN"),
                instrument("BITS", asset_class="BITS", calendar="24x7"),
            ],
        ),
        (
            "prices",
            [
                *(close("KNOWN", day, 100 + number % 2) for number, day in enumerate(DAYS)),
                # 10 on weekdays, 20 on Saturdays, 40 on Sundays.
                *(
                    close("BITS", day, {5: 20, 6: 40}.get(number % 7, 10))
                    for number, day in enumerate(all_days("2024-01-01", LAST_DAY))
                ),
            ],
        ),
        (
            "trades",
            [
                trade("net-1", "NET-1", 10, "KNOWN", 100, DAYS[0]),
                trade("net-2", "NET-1", 10, "UNKNOWN", 50, DAYS[0]),
                trade("net-3", "NET-2", -6, "UNKNOWN", 50, DAYS[0]),
                trade("mixed-1", "MIXED-1", 3, "BITS", 10, DAYS[0]),
                trade("mixed-2", "MIXED-2", 1, "BITS", 20, saturday),
            ],
        ),
        (
            "cash_events",
            [
                cash("u1", "UNEVEN-1", "DEPOSIT", 5_000, DAYS[0]),
                cash("u2", "UNEVEN-2", "DEPOSIT", 5_000, DAYS[0]),
                cash("u3", "UNEVEN-1", "TRANSFER_OUT", 1_000, DAYS[5], transfer="uneven"),
                cash("u4", "UNEVEN-2", "TRANSFER_IN", 990, DAYS[5], transfer="uneven"),
                cash("u5", "UNEVEN-1", "TRANSFER_OUT", 300, DAYS[6], transfer="even"),
                cash("u6", "UNEVEN-2", "TRANSFER_IN", 300, DAYS[6], transfer="even"),
                cash("n1", "NET-1", "DEPOSIT", 2_000, DAYS[0]),
                cash("n2", "NET-2", "DEPOSIT", 2_000, DAYS[0]),
                cash("m1", "MIXED-1", "DEPOSIT", 100, DAYS[0]),
                cash("m2", "MIXED-2", "DEPOSIT", 100, saturday),
                cash("m3", "MIXED-2", "WITHDRAWAL", 5, "2024-01-13"),
                cash("l1", "LIEU", "DEPOSIT", 1_000, DAYS[0]),
                cash("l2", "LIEU", "CASH_IN_LIEU", 7.5, monday),
                cash("e1", "EMPTY", "DEPOSIT", 1_000, DAYS[0]),
            ],
        ),
    ]


def laws_loads() -> list[Load]:
    """The world as one file of each kind."""
    loads = _markets() + _variants() + _decisions()
    kinds = dict.fromkeys(kind for kind, _ in loads)
    return [
        (kind, [row for of_kind, rows in loads for row in rows if of_kind == kind])
        for kind in kinds
    ]
