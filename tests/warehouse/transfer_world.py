"""A small world of securities transferred in kind, received in four deliveries; one oddity a line.

GIVE, TAKE and ALON are simple enough to be worked out by hand (test_transfers.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.warehouse.building import Load
from tests.warehouse.raw_rows import (
    Raw,
    account,
    all_days,
    cancel_leg,
    cash,
    close,
    instrument,
    leg,
    trade,
    trading_days,
)

FIRST_DAY, LAST_DAY = "2024-02-01", "2024-02-29"
DELIVERED = ("2024-02-16 23:00", "2024-02-22 23:00", "2024-02-27 23:00", "2024-03-02 23:00")
"""When each delivery is complete."""

ACCOUNTS = [
    account("GIVE", "one"),
    account("TAKE", "one"),
    account("ALON", "two"),
    account("EURO", "two") | {"base_currency": "EUR"},
    account("THRU", "two"),  # passes on what it gets
    account("SHRT", "three"),  # what comes meets a short
    account("CLOK", "three", calendar="24x7"),  # gives on a Saturday
    account("LATE", "three"),
    account("MISS", "lost"),  # no rate into dollars
    account("BOTH", "three"),  # trades and legs of one id
]
INSTRUMENTS = [
    instrument("X", sector="Energy", asset_class="EQUITY"),
    instrument("EUX", sector="Energy", asset_class="EQUITY", currency="EUR"),
    instrument("EUY", asset_class="EQUITY", currency="EUR"),  # spun off, without any price
    instrument("SPL", sector="Financials", asset_class="EQUITY"),  # split twice
    instrument("OPT", asset_class="OPTION", multiplier=100),
    instrument("OLD", sector="Financials", asset_class="EQUITY"),  # becomes NEW
    instrument("NEW", sector="Financials", asset_class="EQUITY"),
    instrument("COIN", asset_class="CRYPTO", calendar="24x7"),
    instrument("NIL", asset_class="EQUITY"),  # without any price
    instrument("FAR", asset_class="EQUITY", currency="XXX"),  # without any rate
]


def _prices() -> list[Raw]:
    days = trading_days(FIRST_DAY, LAST_DAY)
    rows: list[Raw] = []
    for place, day in enumerate(days):
        rows += [
            close("X", day, 10 + place),
            close("EUX", day, 40 + place % 3),
            close("SPL", day, 60 + place if day < "2024-02-12" else 30 + place),
            close("OPT", day, 2.5 + place / 4),
            close("FAR", day, 5),
        ]
        if day != "2024-02-20":  # later: what came that day without a cost changes its cost
            rows.append(close("OLD" if day < "2024-02-14" else "NEW", day, 20 + place))
    rows += [
        close("COIN", day, 1000 + 10 * place)
        for place, day in enumerate(all_days(FIRST_DAY, LAST_DAY))
    ]
    rows += [
        close("NEW", "2024-02-20", 25, "2024-02-21 09:00"),
        close("X", "2024-02-15", 21.5, "2024-02-26 09:00"),  # a fix
    ]
    return rows


def _rates() -> list[Raw]:
    return [
        {
            "date": day,
            "base_currency": "EUR",
            "quote_currency": "USD",
            "rate": round(1.1 + place / 100, 2),
            "ingested_at": f"{day} 22:00",
        }
        for place, day in enumerate(trading_days(FIRST_DAY, LAST_DAY))
    ]


def _actions() -> list[Raw]:
    terms: list[tuple[str, str, str, str, dict[str, object]]] = [
        ("SPL", "2024-02-12", "SPLIT", "2024-02-01", {"ratio": "2:1"}),
        ("SPL", "2024-02-26", "SPLIT", "2024-02-28", {"ratio": "1:3"}),  # received late
        ("SPL", "2024-02-15", "DIVIDEND", "2024-02-01", {"amount": 0.5}),
        ("OLD", "2024-02-14", "SYMBOL_CHANGE", "2024-02-01", {"new_symbol": "NEW"}),
        (
            "EUX", "2024-02-27", "SPINOFF", "2024-02-01",
            {"ratio": "3:4", "new_symbol": "EUY", "cost_fraction": 0.5},
        ),
    ]  # fmt: skip
    return [
        {"symbol": symbol, "ex_date": day, "type": kind, "ingested_at": f"{known} 09:00"} | more
        for symbol, day, kind, known, more in terms
    ]


CASH = [
    cash("c1", "GIVE", "DEPOSIT", 1_000, "2024-02-01"),
    cash("c2", "EURO", "DEPOSIT", 5_000, "2024-02-01"),
    cash("c3", "SHRT", "DEPOSIT", 9_000, "2024-02-01"),
    cash("c4", "CLOK", "DEPOSIT", 9_000, "2024-02-03"),
    cash("c5", "MISS", "DEPOSIT", 50, "2024-02-05"),
    cash("b1", "BOTH", "DEPOSIT", 500, "2024-02-01"),
]

TRADES = [
    trade("t1", "GIVE", 10, "X", 8, "2024-02-01 15:00"),
    trade("t2", "GIVE", 10, "X", 10, "2024-02-01 16:00"),
    trade("t3", "TAKE", -5, "X", 13, "2024-02-06 16:00"),
    trade("t4", "ALON", -2, "X", 13, "2024-02-06 16:00"),
    trade("t5", "EURO", 50, "EUX", 41, "2024-02-01 15:00"),
    trade("t6", "EURO", 20, "EUX", 39, "2024-02-05 15:00", fees=2),
    trade("t7", "SHRT", -30, "EUX", 42, "2024-02-02 15:00"),
    trade("t8", "SHRT", -6, "X", 12, "2024-02-02 15:00"),
    trade("t9", "EURO", 9, "SPL", 60, "2024-02-01 15:00"),
    trade("ta", "EURO", 7, "SPL", 66, "2024-02-07 15:00"),
    trade("tb", "CLOK", 3, "COIN", 990, "2024-02-03 15:00"),
    trade("tc", "CLOK", 8, "OLD", 22, "2024-02-06 15:00"),
    trade("td", "THRU", -15, "SPL", 35, "2024-02-23 15:00"),
    trade("te", "GIVE", 12, "OPT", 2, "2024-02-05 15:00"),
    trade("tf", "EURO", 4, "EUX", 43, "2024-02-06 15:00", known="2024-02-24"),  # far down the line
    trade("tg", "TAKE", -4, "X", 25, "2024-02-28 15:00"),
    trade("th", "LATE", -3, "X", 24, "2024-02-28 15:00"),
    trade("ti", "MISS", 10, "FAR", 4, "2024-02-05 15:00"),
    trade("b1", "BOTH", 10, "X", 10, "2024-02-05 10:00"),
    trade("b2", "BOTH", -5, "X", 12, "2024-02-06 15:00"),
    trade("b3", "BOTH", -9, "X", 13, "2024-02-08 15:00"),
    trade("b4", "BOTH", 10, "SPL", 60, "2024-02-05 15:00"),
    trade("b5", "BOTH", 2, "EUX", 41, "2024-02-05 10:00"),
]

LEGS = [
    # by hand
    leg("o1", "GIVE", -12, "X", "2024-02-02 15:00", transfer="p1"),
    leg("i1", "TAKE", 12, "X", "2024-02-02 09:00", transfer="p1"),  # earlier that day than it left
    leg("l1", "ALON", 3, "X", "2024-02-05 09:00", cost=5, acquired="2019-03-04"),
    leg("l2", "ALON", 4, "X", "2024-02-05 10:00"),  # without a cost
    leg("s1", "ALON", -9, "X", "2024-02-07 10:00"),  # more than it has
    # over two accounts, the first leg of which is received three weeks late
    leg("o2", "EURO", -40, "EUX", "2024-02-07", transfer="p2", known="2024-02-20"),
    leg("i2", "THRU", 40, "EUX", "2024-02-08", transfer="p2"),
    leg("o3", "THRU", -35, "EUX", "2024-02-09", transfer="p3"),
    leg("i3", "SHRT", 35, "EUX", "2024-02-09", transfer="p3"),  # meets a short of 30
    # of the id, symbol and day of a trade: after it, before it, at its moment, against its short
    leg("b1", "BOTH", -4, "X", "2024-02-05 15:00"),
    leg("b2", "BOTH", 3, "X", "2024-02-06 10:00", cost=7),
    leg("b3", "BOTH", 6, "X", "2024-02-08 15:00", cost=9),
    leg("b5", "BOTH", -2, "EUX", "2024-02-05 15:00"),  # all of it: a spin-off meets nothing
    # a split between the two: no pair; of the last one that is received late
    leg("or", "BOTH", -4, "SPL", "2024-02-09", transfer="pr"),
    leg("ir", "LATE", 8, "SPL", "2024-02-12", transfer="pr"),
    leg("ot", "BOTH", -3, "SPL", "2024-02-09", transfer="pt"),
    leg("it", "LATE", 3, "SPL", "2024-02-12", transfer="pt"),
    leg("ou", "BOTH", -2, "SPL", "2024-02-23", transfer="pu"),
    leg("iu", "LATE", 2, "SPL", "2024-02-26", transfer="pu"),
    # through a split, on a Saturday
    leg("o4", "EURO", -11, "SPL", "2024-02-09", transfer="p4"),
    leg("i4", "THRU", 11, "SPL", "2024-02-10", transfer="p4"),
    leg("l3", "THRU", 5, "SPL", "2024-02-10 13:00", known="2024-02-12"),
    leg("o5", "THRU", -13, "SPL", "2024-02-17", transfer="p5"),  # Saturday before Presidents' Day
    leg("i5", "LATE", 13, "SPL", "2024-02-20", transfer="p5"),
    # from a book that is open on Saturdays to one that is not
    leg("o6", "CLOK", "-1.5", "COIN", "2024-02-10", transfer="p6"),
    leg("i6", "LATE", "1.5", "COIN", "2024-02-10", transfer="p6"),
    leg("o7", "CLOK", -8, "OLD", "2024-02-10", transfer="p7"),  # before it changes its name
    leg("i7", "SHRT", 8, "OLD", "2024-02-12", transfer="p7"),
    # corrected and cancelled
    leg("o8", "GIVE", -2, "X", "2024-02-12", transfer="p8"),
    leg("i8", "LATE", 3, "X", "2024-02-13", transfer="p8"),  # another quantity: no pair ...
    leg(
        "i8", "LATE", 2, "X", "2024-02-13", transfer="p8", version=2, known="2024-02-21"
    ),  # ... now
    leg("o9", "GIVE", -1, "X", "2024-02-14", transfer="p9"),
    leg("i9", "LATE", 1, "X", "2024-02-14", transfer="p9"),
    cancel_leg("o9", 2, "2024-02-26"),  # and so i9 stands alone
    leg("oa", "TAKE", -3, "X", "2024-02-15", transfer="pa"),
    leg("ia", "SHRT", 3, "X", "2024-02-15", transfer="pa"),
    leg("ib", "SHRT", 3, "X", "2024-02-20", transfer="pa", known="2024-02-25"),  # no pair any more
    leg("oc", "TAKE", -1, "X", "2024-02-16"),  # belongs to ALON, says version 2
    leg("oc", "ALON", -1, "X", "2024-02-16", version=2, known="2024-02-24"),
    cancel_leg("zz", 2, "2024-02-20"),  # of what was never received
    # alone
    leg("n1", "LATE", 4, "NEW", "2024-02-20"),  # its close is received a day later
    leg("n2", "LATE", 7, "NIL", "2024-02-12"),  # neither a cost nor a close
    leg("n3", "LATE", 7, "NIL", "2024-02-13", cost=3),
    leg("n4", "LATE", -2, "NIL", "2024-02-15"),
    leg("od", "GIVE", -5, "OPT", "2024-02-09", transfer="pd"),
    leg("id", "GIVE", 5, "OPT", "2024-02-09", transfer="pd"),  # to itself
    leg("oe", "GIVE", -2, "OPT", "2024-02-12", transfer="pe"),
    leg("ie", "EURO", 2, "OPT", "2024-02-12", transfer="pe"),  # another base currency
    leg("of", "MISS", -10, "FAR", "2024-02-08"),  # a flow without a rate
    leg("og", "GIVE", -1, "X", "2024-02-22", transfer="pg"),
    leg("ig", "ALON", 1, "X", "2024-02-21", transfer="pg"),  # a day too early for a pair
    leg("zl", "ALON", 2, "X", "2024-03-04", cost=9, known="2024-03-02"),  # after the last price
]


def _all() -> list[tuple[str, Raw]]:
    rows = {
        "accounts": ACCOUNTS,
        "instruments": INSTRUMENTS,
        "trades": TRADES,
        "cash_events": CASH,
        "security_transfers": LEGS,
        "corporate_actions": _actions(),
        "prices": _prices(),
        "fx_rates": _rates(),
    }
    return [(kind, row) for kind, several in rows.items() for row in several]


def transfer_deliveries() -> list[list[Load]]:
    """What was received by each moment of DELIVERED and not before."""
    deliveries: list[dict[str, list[Raw]]] = [{} for _ in DELIVERED]
    for kind, row in _all():
        place = sum(str(row["ingested_at"]) > moment for moment in DELIVERED)
        deliveries[place].setdefault(kind, []).append(row)
    return [list(files.items()) for files in deliveries]


def transfer_loads() -> Sequence[Load]:
    """The world as files, in the order of their loading."""
    return [load for loads in transfer_deliveries() for load in loads]
