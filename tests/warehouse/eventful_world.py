"""A small world in which everything happens that a book can meet; one oddity a line.

It spans the replay window of spring 2020, so that a replay is seen before, during and after it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from tests.warehouse.building import Load
from tests.warehouse.raw_rows import (
    Raw,
    account,
    all_days,
    cancel,
    cancel_cash,
    cash,
    close,
    instrument,
    quote,
    trade,
    trading_days,
)

FIRST_DAY, LAST_DAY = "2019-11-05", "2020-06-12"
COIN_LAST_DAY = "2020-06-14"
TECHNOLOGY, BANKS = "Information Technology", "Financials"

INSTRUMENTS = [
    instrument("ALFA", sector=TECHNOLOGY, asset_class="EQUITY", currency="USD"),
    instrument("BETA", sector=BANKS, asset_class="EQUITY", currency="USD"),
    instrument("GAMM", sector=BANKS, asset_class="EQUITY"),  # corrected two lines on
    instrument("STOP", sector=BANKS, asset_class="EQUITY"),  # its prices stop in March
    instrument("GAMM", "2019-12-01", sector=TECHNOLOGY, asset_class="EQUITY"),  # the latest wins
    instrument("LATE", sector=TECHNOLOGY, asset_class="EQUITY"),  # traded before its first price
    instrument("NONE", asset_class="EQUITY"),  # without any price, and without a sector
    instrument("FLAT", sector="Utilities", asset_class="EQUITY"),  # its price never moves
    instrument("JUMP", sector="Energy", asset_class="EQUITY"),  # triples in a day
    instrument("QUOT", sector="Health Care", asset_class="EQUITY"),  # quotes and official closes
    instrument("OPTN", asset_class="OPTION", multiplier=100),  # a contract is for 100
    instrument("COIN", asset_class="CRYPTO", calendar="24x7"),  # priced at weekends
]  # GHOST is traded and priced, and nobody described it

ACCOUNTS = [
    account("CORE", "alpha"),
    account("TWIN", "gamma"),  # moves to alpha on the next line
    account("TWIN", "alpha", "2019-12-01"),
    account("CASH", "beta"),
    account("WIPE", "beta"),
    account("GONE", "beta"),
    account("SHRT", "gamma"),
    account("FLIP", "gamma"),
    account("DARK", "gamma"),
    account("DEBT", "gamma"),
    account("EVEN", "gamma"),
    account("CRYP", "coins", calendar="24x7"),  # the firm mixes calendars, this desk does not
    account("IDLE", "coins", calendar="24x7"),  # registered, and never heard of again
]  # NEWB trades and nobody registered it


def wave(number: int, base: float, speed: float) -> float:
    """A price path that anyone can draw again."""
    return round(base * (1 + 0.15 * math.sin(speed * number) + 0.04 * math.sin(2.9 * number)), 2)


def _prices() -> list[Raw]:
    rows: list[Raw] = []
    for number, day in enumerate(trading_days(FIRST_DAY, LAST_DAY)):
        rows += [
            close("ALFA", day, wave(number, 100, 0.11)),
            close("BETA", day, wave(number, 40, 0.17)),
            close("GHOST", day, wave(number, 25, 0.23)),
            close("OPTN", day, wave(number, 3.5, 0.31)),
            close("FLAT", day, 50),
            close("JUMP", day, 20 if day < "2020-02-03" else 60),
            quote("QUOT", f"{day} 15:00", wave(number, 80, 0.13)),
            quote("QUOT", f"{day} 20:30", wave(number, 81, 0.13)),  # the latest of a day counts
        ]
        if number % 3 == 0:
            rows.append(close("QUOT", day, wave(number, 82, 0.13)))  # an official close beats both
        if number % 7 != 3:
            rows.append(close("GAMM", day, wave(number, 60, 0.07)))  # a hole every seventh day
        if day <= "2020-03-02":
            rows.append(close("STOP", day, wave(number, 15, 0.19)))
        if day >= "2020-01-15":
            rows.append(close("LATE", day, wave(number, 30, 0.29)))
    rows += [
        close("COIN", day, wave(number, 7000, 0.21))
        for number, day in enumerate(all_days(FIRST_DAY, COIN_LAST_DAY))
    ]
    rows += [
        close("ALFA", "2019-11-09", 500),  # a Saturday: not used
        quote("QUOT", "2019-12-25 15:00", 1),  # Christmas: not used
        close("BETA", "2019-12-03", 41.5, "2020-02-01 09:00"),  # a fix, received two months later
        close("BETA", "2019-12-04", 99, "2019-12-04 08:00"),  # known before the close: loses
        quote("QUOT", "2019-11-11 20:30", wave(4, 81, 0.13)),  # a repeat
    ]
    return rows


def _trades_first_file() -> list[Raw]:
    return [
        trade("K01", "CORE", 100, "ALFA", 99.5, "2019-11-06", fees=4.25),
        trade("K02", "CORE", "40.5", "BETA", 41, "2019-11-07", fees="1.00000001"),
        trade("K03", "CORE", 30, "GAMM", 61, "2019-11-08"),
        trade("K04", "CORE", 10, "ALFA", 101, "2019-11-11"),
        trade("K04", "CORE", 12, "ALFA", 101, "2019-11-11", version=2, known="2019-11-20"),
        trade("K05", "CORE", -20, "ALFA", 105, "2019-11-15"),  # cancelled after two weeks
        cancel("K05", 2, "2019-12-02"),
        cancel("K06", 2, "2019-11-18"),  # its trade comes in the next file
        trade("K07", "CORE", 15, "BETA", 42, "2019-12-03"),
        cancel("K07", 2, "2019-12-04"),
        trade("K07", "CORE", 15, "BETA", 42, "2019-12-03", known="2019-12-10"),  # stays cancelled
        trade("K08", "CORE", 7, "ALFA", 103, "2019-12-05", version=3, known="2019-12-09"),
        trade("K09", "CORE", 8, "BETA", 43, "2019-12-06"),
        trade("K09", "CORE", 8, "BETA", 43, "2019-12-06", known="2019-12-11"),  # a repeat
        trade("K10", "CORE", 9, "ALFA", 104, "2019-12-09"),
        trade("K10", "CORE", 90, "ALFA", 104, "2019-12-09", known="2019-12-12"),  # a conflict
        trade("K11", "CORE", 11, "BETA", 44, "2019-12-10", known="2019-12-13"),  # received too late
        trade("K13", "CORE", 13, "ALFA", 106, "2019-12-11"),
        cancel("K13", 2, "2019-12-12"),
        trade("K13", "CORE", 14, "ALFA", 106, "2019-12-11", version=3, known="2019-12-16"),  # back
        trade("K14", "CORE", 5, "ALFA", 107, "2019-12-07 10:00"),  # a Saturday: booked on Monday
        trade("K15", "CORE", 20, "BETA", 44, "2019-12-17"),  # at the same moment as K16
        trade("K16", "CORE", -60, "BETA", 45, "2019-12-17"),
        trade("K17", "CORE", 6, "GHOST", 26, "2019-12-18"),
        trade("K18", "CORE", 4, "ALFA", 108, "2019-12-19"),  # belongs to TWIN, says version 2
        trade("K18", "TWIN", 4, "ALFA", 108, "2019-12-19", version=2, known="2019-12-23"),
        trade("K19", "CORE", 3, "ALFA", 109, "2019-12-12"),  # was on another day, says version 2
        trade("K19", "CORE", 3, "ALFA", 109, "2019-12-16", version=2, known="2019-12-18"),
        trade("L01", "TWIN", 2, "OPTN", 3.5, "2019-12-02", fees=1.3),
        trade("L02", "TWIN", -1, "OPTN", 3.9, "2020-02-25", fees=0.65),
        trade("L03", "TWIN", "0.25", "COIN", 7100, "2019-12-02"),  # a coin in an exchange's book
        trade("L04", "TWIN", 60, "QUOT", 82, "2019-12-03"),
        trade("L05", "TWIN", -30, "QUOT", 85, "2020-04-06"),
    ]


def _trades_second_file() -> list[Raw]:
    return [
        trade("K06", "CORE", 1000, "ALFA", 100, "2019-11-19"),  # was cancelled before it came
        trade("K08", "CORE", 6, "ALFA", 103, "2019-12-05", version=2, known="2019-12-08"),
        trade("K08", "CORE", 5, "ALFA", 103, "2019-12-05"),  # version 3 was there before 2 and 1
        trade("K11", "CORE", 12, "BETA", 44, "2019-12-10"),  # received first, though loaded last
        trade("K12", "CORE", 25, "ALFA", 98, "2019-11-12", known="2020-03-02"),  # months late
        trade("K20", "CORE", -50, "ALFA", 111, "2020-02-20", fees=2),
        trade("K21", "CORE", 40, "ALFA", 90, "2020-03-12", fees=2),
        trade("K22", "CORE", 3, "ALFA", 100, "2020-06-15"),  # after the last price
        trade("W01", "WIPE", -50, "JUMP", 20, "2019-11-14"),  # short before it triples: wiped out
        trade("W02", "WIPE", 50, "JUMP", 60, "2020-02-10"),
        trade("W03", "WIPE", 20, "ALFA", 110, "2020-02-24"),  # the second segment, after new funds
        trade("G01", "GONE", 50, "FLAT", 50, "2019-11-13"),
        trade("G02", "GONE", -50, "FLAT", 50, "2019-12-16"),
        trade("G03", "GONE", 30, "BETA", 40, "2020-02-26"),
        trade("S01", "SHRT", -80, "BETA", 42, "2019-11-18", fees=1),  # only ever short
        trade("S02", "SHRT", -40, "GAMM", 62, "2019-11-25", fees=1),
        trade("S03", "SHRT", 30, "BETA", 39, "2020-01-21", fees=1),
        trade("F01", "FLIP", 100, "GAMM", 60, "2019-11-12"),
        trade("F02", "FLIP", -150, "GAMM", 63, "2019-12-12"),  # long to short
        trade("F03", "FLIP", 80, "GAMM", 58, "2020-01-14"),  # short to long
        trade("F04", "FLIP", -30, "GAMM", 64, "2020-02-18 15:00"),  # to flat ...
        trade("F05", "FLIP", 10, "GAMM", 64.5, "2020-02-18 16:00"),  # ... and open again, one day
        trade("F06", "FLIP", 10, "ALFA", 100, "2020-01-08 15:00"),  # opened and closed in a day
        trade("F07", "FLIP", -10, "ALFA", 101, "2020-01-08 16:00"),
        trade("F08", "FLIP", "0.33333333", "BETA", "41.1234567891", "2020-01-09"),  # long decimals
        trade("F09", "FLIP", "-0.11111111", "BETA", "42.9876543219", "2020-01-10"),
        trade("D01", "DARK", 700, "NONE", 10, "2019-11-20"),  # most of it has no price at all
        trade("D02", "DARK", 50, "STOP", 15, "2019-11-20"),
        trade("D03", "DARK", 40, "LATE", 31, "2019-12-02"),  # six weeks before its first price
        trade("D04", "DARK", -10, "LATE", 33, "2019-12-20"),
        trade("B01", "DEBT", 10, "NONE", 10, "2019-11-21", fees=1),  # bought with money not there
        trade("E01", "EVEN", 100, "FLAT", 50, "2019-11-22"),  # nothing in it ever moves
        trade("C01", "CRYP", "1.5", "COIN", 7000, "2019-11-09 08:00"),  # a Saturday, and booked so
        trade("C02", "CRYP", "-0.4", "COIN", 7500, "2020-01-01 08:00"),  # on New Year's Day
        trade("C03", "CRYP", 10, "ALFA", 100, "2020-01-06"),  # a share in a book without weekends
        trade("N01", "NEWB", 10, "BETA", 40, "2020-05-20"),  # too young for ratios
    ]


def _cash_events() -> list[Raw]:
    return [
        cash("DK", "CORE", "DEPOSIT", 100_000, "2019-11-05"),
        cash("DT", "TWIN", "DEPOSIT", 50_000, "2019-11-10"),  # a Sunday: booked on Monday
        cash("DC", "CASH", "DEPOSIT", 20_000, "2019-11-06"),
        cash("DW", "WIPE", "DEPOSIT", 1_000, "2019-11-13"),
        cash("DG", "GONE", "DEPOSIT", 10_000, "2019-11-12"),
        cash("DS", "SHRT", "DEPOSIT", 30_000, "2019-11-15"),
        cash("DF", "FLIP", "DEPOSIT", 25_000, "2019-11-12"),
        cash("DD", "DARK", "DEPOSIT", 10_000, "2019-11-20"),
        cash("DE", "EVEN", "DEPOSIT", 5_000, "2019-11-22"),
        cash("DY", "CRYP", "DEPOSIT", 20_000, "2019-11-09"),  # a Saturday
        cash("DN", "NEWB", "DEPOSIT", 3_000, "2020-05-20"),
        cash("X1a", "CORE", "TRANSFER_OUT", 5_000, "2019-12-05", transfer="X1"),  # on one day
        cash("X1b", "TWIN", "TRANSFER_IN", 5_000, "2019-12-05 18:00", transfer="X1"),
        cash("X2a", "CORE", "TRANSFER_OUT", 3_000, "2020-01-10", transfer="X2"),  # over a weekend
        cash("X2b", "TWIN", "TRANSFER_IN", 3_000, "2020-01-13", transfer="X2"),
        cash("X3a", "CORE", "TRANSFER_OUT", 700, "2020-01-18", transfer="X3"),  # Saturday and ...
        cash("X3b", "TWIN", "TRANSFER_IN", 700, "2020-01-21", transfer="X3"),  # ... after a holiday
        cash("X4a", "CORE", "TRANSFER_OUT", 900, "2020-01-22", transfer="X4"),  # to another desk
        cash("X4b", "CASH", "TRANSFER_IN", 900, "2020-01-22", transfer="X4"),
        cash("X5", "TWIN", "TRANSFER_IN", 1_234, "2020-01-23"),  # a lone leg
        cash("X6a", "CORE", "TRANSFER_OUT", 800, "2020-01-25", transfer="X6"),  # booked on Monday,
        cash("X6b", "CRYP", "TRANSFER_IN", 800, "2020-01-25", transfer="X6"),  # and on Saturday
        cash("X7a", "CORE", "TRANSFER_OUT", 500, "2020-01-28", transfer="X7"),  # to itself
        cash("X7b", "CORE", "TRANSFER_IN", 500, "2020-01-28", transfer="X7"),
        cash("I1", "CASH", "INTEREST", 12.34, "2020-02-03"),
        cash("I2", "CASH", "INTEREST", 12.35, "2020-03-02"),
        cash("Q1", "CASH", "FEE", 5, "2020-03-31"),
        cash("Q2", "CORE", "FEE", 7.5, "2020-03-31"),
        cash("W1", "WIPE", "DEPOSIT", 5_000, "2020-02-20"),  # the refund
        cash("G1", "GONE", "WITHDRAWAL", 10_000, "2019-12-20"),  # everything
        cash("G2", "GONE", "DEPOSIT", 7_000, "2020-02-24"),  # refunded two months on
        cash("Y1", "CRYP", "WITHDRAWAL", 1_000, "2020-02-15"),  # a Saturday
        cash("R1", "CORE", "DEPOSIT", 1_111, "2020-02-05"),
        cash("R1", "CORE", "DEPOSIT", 1_212, "2020-02-05", version=2, known="2020-02-10"),
        cash("R2", "CORE", "DEPOSIT", 9_999, "2020-02-06"),
        cancel_cash("R2", 2, "2020-02-07"),
        cash("R3", "CORE", "WITHDRAWAL", 250, "2020-02-11"),
        cash("R3", "CORE", "WITHDRAWAL", 2_500, "2020-02-11", known="2020-02-12"),  # a conflict
        cash("R4", "TWIN", "WITHDRAWAL", 300, "2019-12-30", known="2020-04-01"),  # months late
        cash("R5", "TWIN", "DEPOSIT", 400, "2020-06-20"),  # after the last price
    ]


def eventful_loads() -> list[Load]:
    """The world as files, in the order of their loading."""
    prices, cash_events = _prices(), _cash_events()
    return [
        ("trades", _trades_first_file()),
        ("prices", prices[::2]),
        ("instruments", INSTRUMENTS),
        ("accounts", ACCOUNTS),
        ("cash_events", cash_events[1::2]),
        ("trades", _trades_second_file()),
        ("prices", prices[1::2]),
        ("cash_events", cash_events[::2]),
    ]


def shuffled(loads: Sequence[Load], seed: int = 7) -> list[Load]:
    """The same rows in another order, spread over other files."""
    shuffler = random.Random(seed)  # noqa: S311 - nothing secret
    pieces: list[Load] = []
    for kind in sorted({kind for kind, _ in loads}):
        rows = [row for of_kind, several in loads for row in several if of_kind == kind]
        shuffler.shuffle(rows)
        pieces += [(kind, rows[start::3]) for start in range(3)]
    shuffler.shuffle(pieces)
    return pieces


def renamed(loads: Sequence[Load], names: dict[str, str]) -> list[Load]:
    """The same rows with other names of accounts."""
    return [
        (
            kind,
            [
                {**row, "account_id": names[str(row["account_id"])]} if "account_id" in row else row
                for row in rows
            ],
        )
        for kind, rows in loads
    ]
