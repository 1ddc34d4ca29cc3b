"""A small world of several currencies and of all corporate actions; one oddity a line.

EUR is quoted against USD. GBP has only inverse quotes (USDGBP) until EURGBP is quoted in April, and
JPY meets every other currency in USD. XXX has no rate at all and stays in an account of its own.
The world spans the replay window of spring 2020.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.warehouse.building import Load
from tests.warehouse.eventful_world import wave
from tests.warehouse.raw_rows import (
    Raw,
    account,
    all_days,
    cancel_cash,
    cash,
    close,
    instrument,
    moment,
    trade,
    trading_days,
)

FIRST_DAY, LAST_DAY = "2020-01-02", "2020-05-29"
TECHNOLOGY, BANKS = "Information Technology", "Financials"


# ------------------------------------------------------------------ rows


def action(
    symbol: str,
    ex_date: str,
    kind: str,
    *,
    version: int = 1,
    known: str | None = None,
    **terms: object,
) -> Raw:
    """A corporate action. A version above 1 is a CORRECT."""
    return {
        "symbol": symbol,
        "ex_date": ex_date,
        "type": kind,
        **terms,
        "event_type": "NEW" if version == 1 else "CORRECT",
        "version": version,
        "ingested_at": moment(known or ex_date),
    }


def cancel_action(
    symbol: str, ex_date: str, kind: str, version: int, known: str, action_id: str = ""
) -> Raw:
    """The least a CANCEL of a corporate action needs."""
    return {
        "symbol": symbol,
        "ex_date": ex_date,
        "type": kind,
        "action_id": action_id,
        "event_type": "CANCEL",
        "version": version,
        "ingested_at": moment(known),
    }


def rate(day: str, pair: str, units: float | str, known: str | None = None) -> Raw:
    """Units of the second currency of a pair (`EURUSD`) for one of the first."""
    return {
        "date": day,
        "base_currency": pair[:3],
        "quote_currency": pair[3:],
        "rate": units,
        "ingested_at": known or f"{day} 22:00",
    }


def in_currency(row: Raw, currency: str) -> Raw:
    """A row that names its currency."""
    return {**row, "currency": currency}


def based(account_id: str, desk: str, base_currency: str, calendar: str = "NYSE") -> Raw:
    """An account and the currency it is valued in."""
    return {**account(account_id, desk, calendar=calendar), "base_currency": base_currency}


def moved(
    currency: str,
    event_id: str,
    account_id: str,
    kind: str,
    amount: float | str,
    on: str,
    transfer: str | None = None,
) -> Raw:
    """Cash in a currency."""
    return in_currency(cash(event_id, account_id, kind, amount, on, transfer=transfer), currency)


def lieu(row: Raw, symbol: str) -> Raw:
    """Cash in lieu that names its symbol."""
    return {**row, "symbol": symbol}


# ------------------------------------------------------------------ who and what

ACCOUNTS = [
    based("DOLL", "mixed", "USD"),  # this desk adds up three base currencies
    based("EURO", "mixed", "EUR"),
    based("POUN", "mixed", "GBP"),
    based("YENS", "yen", "USD"),  # holds yen two days before the first rate
    based("SPLT", "shares", "USD"),
    based("SHRT", "shares", "EUR"),  # short through everything
    based("SPIN", "chains", "EUR"),
    based("LEGS", "cash", "EUR"),  # cash and nothing else
    based("COIN", "coins", "USD", calendar="24x7"),
    based("MISS", "lost", "USD"),  # the only one that meets XXX
    account("BARE", "lost"),  # says no base currency
]


def share(symbol: str, currency: str, sector: str = BANKS) -> Raw:
    """An equity."""
    return instrument(symbol, sector=sector, asset_class="EQUITY", currency=currency)


INSTRUMENTS = [
    share("UONE", "USD", TECHNOLOGY),  # pays dividends
    share("UTWO", "USD", TECHNOLOGY),  # splits in every way
    share("NOPX", "USD"),  # has no price, and splits
    share("EONE", "EUR"),
    share("PNDS", "GBP", "40101010"),  # the GICS code of a bank
    instrument("YENX", sector="tech", asset_class="Shares", currency="JPY"),
    share("PARE", "EUR"),  # spins CHLD off, twice
    share("CHLD", "EUR"),
    share("OLDS", "USD"),  # becomes NEWS
    share("NEWS", "USD"),
    share("OLD2", "USD", TECHNOLOGY),  # becomes HELD, which some hold already
    share("HELD", "USD", TECHNOLOGY),
    share("XONE", "XXX"),
    instrument("EOPT", asset_class="OPTION", currency="EUR", multiplier=100),
    instrument("BITS", asset_class="Coin", currency="USD", calendar="24x7"),
]  # GHOS is traded and nobody described it, so it is in USD

# What stands in the end, as (ex_date, new shares, old shares); prices follow it.
UTWO_SPLITS = [
    ("2020-01-08", 3, 1),
    ("2020-01-21", 1, 3),
    ("2020-02-08", 7, 5),
    ("2020-02-18", 2, 3),
    ("2020-03-04", 5, 4),
    ("2020-03-20", 3, 1),
]

ACTIONS = [
    action("UTWO", "2020-01-08", "SPLIT", ratio="3:1"),
    action("UTWO", "2020-01-21", "SPLIT", ratio="1:3"),  # leaves fractions of shares
    action("UTWO", "2020-02-08", "SPLIT", ratio=1.4),  # 7:5, on a Saturday
    action("UTWO", "2020-02-18", "SPLIT", ratio="4:6"),  # 2:3, after a long weekend
    action("UTWO", "2020-03-04", "DIVIDEND", amount=0.35),  # two on one day: per new share
    action("UTWO", "2020-03-04", "SPLIT", ratio="1.25"),
    action("UTWO", "2020-03-20", "SPLIT", ratio="2:1"),  # was 3:1, and that day has no price
    action("UTWO", "2020-03-20", "SPLIT", ratio="3:1", version=2, known="2020-03-24"),
    action("UTWO", "2020-04-02", "SPLIT", ratio="10:1"),  # never happened
    cancel_action("UTWO", "2020-04-02", "SPLIT", 2, "2020-04-03"),
    cancel_action("UONE", "2020-04-15", "DIVIDEND", 2, "2020-04-10"),  # cancelled before it came
    action("UONE", "2020-04-15", "DIVIDEND", amount=99),
    action("UONE", "2020-02-14", "DIVIDEND", amount="0.42"),
    action("UONE", "2020-03-08", "DIVIDEND", amount="0.43000001"),  # a Sunday
    action("UONE", "2020-05-25", "DIVIDEND", amount="0.44"),  # a holiday
    action("UONE", "2020-05-25", "DIVIDEND", amount="0.99", known="2020-05-27"),  # a conflict
    action("UONE", "2020-06-03", "DIVIDEND", amount=0.45),  # after the last price
    action("NOPX", "2020-02-20", "SPLIT", ratio="3:2"),
    action("EONE", "2020-03-17", "DIVIDEND", amount=0.55, currency="EUR"),
    action("EONE", "2020-04-14", "DIVIDEND", amount=7, currency="USD"),  # paid in dollars
    action("EONE", "2020-05-12", "DIVIDEND", amount=0.6),
    action("EONE", "2020-05-12", "DIVIDEND", amount=0.5, version=2, known="2020-05-14"),
    action("EOPT", "2020-04-21", "SPLIT", ratio="2:1"),
    action("EOPT", "2020-04-22", "DIVIDEND", amount="0.01"),  # times 100
    action("PNDS", "2020-03-12", "DIVIDEND", amount=0.11),
    action("YENX", "2020-03-30", "DIVIDEND", amount=12),
    action("PARE", "2020-02-03", "SPINOFF", ratio="1:7", new_symbol="CHLD", cost_fraction=0.17),
    action("PARE", "2020-04-20", "SPINOFF", ratio="0.1", new_symbol="CHLD"),  # at no cost
    action("PARE", "2020-05-04", "SPINOFF", ratio="1:1", new_symbol="UONE"),  # another currency
    action("CHLD", "2020-03-25", "SPLIT", ratio="3:2"),
    action("OLDS", "2020-03-02", "SYMBOL_CHANGE", new_symbol="NEWS"),
    action("NEWS", "2020-04-28", "SPLIT", ratio="1:4"),
    action(
        "OLD2", "2020-04-06", "SYMBOL_CHANGE", ratio="3:4", new_symbol="HELD", cost_fraction=0.5
    ),  # all the cost moves, whatever the fraction says
    action("BITS", "2020-02-22", "SPLIT", ratio="5:1"),  # a Saturday, and open
    action("GHOS", "2020-04-29", "DIVIDEND", amount=0.2),
    # Two of a day and type, with ids of their own; the splits multiply, and leave a fraction.
    action("HELD", "2020-02-12", "DIVIDEND", amount=0.25, action_id="regular"),
    action("HELD", "2020-02-12", "DIVIDEND", amount=0.75, action_id="special"),
    action("HELD", "2020-02-12", "DIVIDEND", amount=9, action_id="twice", known="2020-02-12"),
    cancel_action("HELD", "2020-02-12", "DIVIDEND", 2, "2020-02-13", action_id="twice"),
    action("NOPX", "2020-03-18", "SPLIT", ratio="3:1", action_id="b"),
    action("NOPX", "2020-03-18", "SPLIT", ratio="1:7", action_id="a"),
    # Paid in another currency than the share's.
    action("UONE", "2020-02-20", "DIVIDEND", amount=0.4, currency="EUR"),
    action("UONE", "2020-02-20", "DIVIDEND", amount=31, currency="JPY", action_id="yen"),
    # Capital returned: less than the cost, more than it, on a weekend, by a short.
    action("PNDS", "2020-03-24", "RETURN_OF_CAPITAL", amount=3.3),
    action("EONE", "2020-03-21", "RETURN_OF_CAPITAL", amount="1.25"),
    action("EONE", "2020-04-08", "RETURN_OF_CAPITAL", amount=2, currency="USD"),
    action("EONE", "2020-04-09", "RETURN_OF_CAPITAL", amount=2, currency="XXX"),  # not booked
    action("EONE", "2020-06-04", "RETURN_OF_CAPITAL", amount=1, currency="GBP"),  # after the last
    action("YENX", "2020-04-17", "RETURN_OF_CAPITAL", amount=2500),
    action("YENX", "2020-05-13", "RETURN_OF_CAPITAL", amount=4, currency="EUR"),
    action("NOPX", "2020-03-25", "RETURN_OF_CAPITAL", amount=4, currency="EUR"),  # at cost for ever
    action("UTWO", "2020-05-11", "RETURN_OF_CAPITAL", amount=5),
    action("UTWO", "2020-05-11", "RETURN_OF_CAPITAL", amount=3, version=2, known="2020-05-20"),
    action("HELD", "2020-03-11", "RETURN_OF_CAPITAL", amount=1.5),
    action("XONE", "2020-03-05", "DIVIDEND", amount=0.01, currency="USD"),  # no rate into its own
]


# ------------------------------------------------------------------ prices and rates


def unsplit(day: str, splits: Sequence[tuple[str, int, int]]) -> float:
    """What one share of the beginning has become, inverted: prices fall by it."""
    factor = 1.0
    for ex_date, new, old in splits:
        if ex_date <= day:
            factor *= old / new
    return factor


def _prices() -> list[Raw]:
    rows: list[Raw] = []
    days = trading_days(FIRST_DAY, LAST_DAY)
    for number, day in enumerate(days):
        two = wave(number, 95, 0.17) * unsplit(day, UTWO_SPLITS)
        spun = 0.83 if day >= "2020-02-03" else 1
        child = wave(number, 60, 0.19) * unsplit(day, [("2020-03-25", 3, 2)])
        rows += [
            close("UONE", day, wave(number, 120, 0.11)),
            close("PARE", day, round(spun * wave(number, 55, 0.13), 4)),
            close("EOPT", day, round(wave(number, 4, 0.29) / (1 if day < "2020-04-21" else 2), 4)),
            close("PNDS", day, wave(number, 18, 0.23)),
            close("HELD", day, wave(number, 41, 0.09)),
        ]
        if day not in ("2020-02-10", "2020-03-20") and number % 11 != 5:
            rows.append(close("UTWO", day, round(two, 6)))  # no price on two days of splits
        if number % 6 != 2:
            rows.append(in_currency(close("EONE", day, wave(number, 33, 0.15)), "EUR"))
        if number % 4 != 1:
            rows.append(close("YENX", day, wave(number, 2100, 0.21)))
        if day >= "2020-02-05":
            rows.append(close("CHLD", day, round(child, 6)))  # two days at cost before
        if day < "2020-03-02":
            rows.append(close("OLDS", day, wave(number, 8, 0.27)))
        if day >= "2020-03-02":
            rows.append(
                close("NEWS", day, wave(number, 8, 0.27) * (1 if day < "2020-04-28" else 4))
            )
        if day < "2020-04-06":
            rows.append(close("OLD2", day, wave(number, 30, 0.09)))
        if "2020-03-03" <= day <= "2020-05-20":
            rows.append(close("XONE", day, wave(number, 5, 0.2)))
    rows += [
        close("BITS", day, round(wave(number, 900, 0.21) * unsplit(day, [("2020-02-22", 5, 1)]), 4))
        for number, day in enumerate(all_days(FIRST_DAY, LAST_DAY))
    ]
    rows += [
        in_currency(close("EONE", days[2], 999), "USD"),  # no price of its own that day: not booked
        close("UTWO", "2020-02-09", 1),  # a Sunday: not used
        close("GHOS", "2020-04-24", 11),
        in_currency(close("GHOS", "2020-04-27", 1), "EUR"),  # an unknown symbol is in USD
    ]
    return rows


def _rates() -> list[Raw]:
    rows: list[Raw] = []
    for number, day in enumerate(trading_days(FIRST_DAY, LAST_DAY)):
        if number % 5 != 3:
            rows.append(rate(day, "EURUSD", round(wave(number, 1.1, 0.12), 4)))  # with holes
        if number % 7 != 4:
            rows.append(rate(day, "USDGBP", round(wave(number, 0.78, 0.1), 6)))
        if day >= "2020-01-15" and number % 9 != 6:
            rows.append(rate(day, "USDJPY", round(wave(number, 108, 0.14), 2)))
        if day >= "2020-04-01" and number % 2:
            rows.append(rate(day, "EURGBP", round(wave(number, 0.86, 0.16), 5)))  # wins from now on
    rows += [
        rate("2019-12-27", "EURUSD", "1.0987654321"),  # before the first event
        rate("2019-12-30", "USDGBP", "0.79"),
        rate("2020-02-29", "EURUSD", "1.3"),  # a Saturday; Monday has a rate of its own
        rate("2020-05-09", "USDJPY", "101.01"),  # a Saturday
        rate("2020-02-04", "EURUSD", "1.2345", "2020-03-01 09:00"),  # a fix, received a month later
        rate("2020-02-06", "EURUSD", "9", "2020-02-06 08:00"),  # known before the rate of that day
        rate("2020-02-07", "EURUSD", "1.1111", "2020-02-08 08:00"),  # fixed twice
        rate("2020-02-07", "EURUSD", "1.1212", "2020-02-09 08:00"),
        rate("2020-03-13", "USDCHF", "0.95"),  # of a currency that nobody holds
    ]
    return rows


# ------------------------------------------------------------------ trades and cash


def _trades() -> list[Raw]:
    return [
        trade("D01", "DOLL", 100, "UONE", 118.5, "2020-01-06", fees=1.25),
        trade("D02", "DOLL", 200, "EONE", 33.1, "2020-01-07", fees=2.5),  # leaves a debt in EUR
        trade("D03", "DOLL", 40, "CHLD", 9.5, "2020-01-28"),  # held before the spin-off
        trade("D04", "DOLL", 70, "PARE", 54, "2020-01-28"),
        trade("D05", "DOLL", -80, "EONE", 31, "2020-03-18", fees=1),
        trade("D06", "DOLL", 500, "OLDS", 8.1, "2020-01-09"),
        trade("D07", "DOLL", -170, "NEWS", 7.7, "2020-03-09"),
        trade("D08", "DOLL", -60, "CHLD", 61, "2020-02-21"),  # into a short of its child's shares
        trade("D09", "DOLL", 25, "OLD2", 29, "2020-02-03"),  # long, and short of what it becomes
        trade("D10", "DOLL", -10, "HELD", 43, "2020-02-03"),
        trade("D11", "DOLL", 30, "GHOS", 10, "2020-04-23"),
        in_currency(trade("D12", "DOLL", 30, "GHOS", 10, "2020-04-23"), "EUR"),  # not booked
        in_currency(trade("D13", "DOLL", 9, "EONE", 33, "2020-02-12"), "USD"),  # not booked
        in_currency(trade("D14", "DOLL", 9, "EONE", 33, "2020-02-12"), "EUR"),
        trade("E01", "EURO", 60, "EONE", 32.9, "2020-01-06", fees=2),
        trade("E02", "EURO", 3, "EOPT", 4.1, "2020-01-13", fees=1.5),
        trade("E03", "EURO", -1, "EOPT", 4.6, "2020-02-24", fees=1.5),
        trade("E04", "EURO", -7, "EOPT", 1.9, "2020-04-22"),  # flips after its split
        trade("E05", "EURO", 50, "UONE", 121, "2020-01-14", fees=1),
        trade("E06", "EURO", -90, "UONE", 109, "2020-04-16", fees=1),  # long to short, in dollars
        trade("E07", "EURO", 12, "YENX", 2150, "2020-01-22", fees=300),
        trade("P01", "POUN", 900, "PNDS", 17.9, "2020-01-06", fees=4),
        trade("P02", "POUN", 30, "EONE", 33, "2020-01-15"),
        trade("P03", "POUN", -900, "PNDS", 18.4, "2020-04-23", fees=4),  # flat
        trade("P04", "POUN", -21, "PARE", 56, "2020-01-17"),  # its spin-off closes a long
        trade("P05", "POUN", 2, "CHLD", 9, "2020-01-17"),
        trade("Y01", "YENS", 10, "YENX", 2050, "2020-01-13", fees=100),  # before the first rate
        trade("Y02", "YENS", -4, "YENX", 2080, "2020-01-14", fees=100),  # realised without a rate
        trade("Y03", "YENS", -20, "YENX", 2300, "2020-02-26", fees=100),
        trade("S01", "SPLT", 10, "UTWO", 90, "2020-01-06"),
        trade("S02", "SPLT", -15, "UTWO", 40, "2020-01-09"),
        trade("S03", "SPLT", -15, "UTWO", 50, "2020-01-10"),  # flat: +450
        trade("S04", "SPLT", 7, "UTWO", 33, "2020-01-13"),
        trade("S05", "SPLT", 4, "UTWO", "31.123456789", "2020-01-14 10:00"),
        trade("S06", "SPLT", 5, "UTWO", 101, "2020-01-21 00:00"),  # at the midnight of the split
        trade("S07", "SPLT", 3, "UTWO", 96, "2020-01-20 23:59"),  # a holiday, and before it
        trade("S08", "SPLT", -25, "UTWO", 66, "2020-02-11", fees=1.5),  # a flip after a split
        trade("S09", "SPLT", -5, "UTWO", 97, "2020-02-19"),
        trade("S10", "SPLT", 60, "UTWO", 82, "2020-03-05", fees=1.5),  # and back, after two more
        trade("S11", "SPLT", -20, "UTWO", 28, "2020-04-08"),
        trade("S12", "SPLT", 11, "NOPX", 21, "2020-02-03"),  # at its cost for ever
        trade("S13", "SPLT", -5, "NOPX", 15, "2020-03-03"),
        trade("S14", "SPLT", "0.00000001", "NEWS", 8, "2020-04-27"),  # split away to nothing
        trade("H01", "SHRT", -31, "UTWO", 93, "2020-01-07", fees=1),
        trade("H02", "SHRT", -20, "UTWO", 105, "2020-01-24"),
        trade("H03", "SHRT", 10, "UTWO", 77, "2020-02-14"),
        trade("H04", "SHRT", -40, "UONE", 119, "2020-01-08"),
        trade("H05", "SHRT", -15, "OLD2", 31, "2020-01-16"),  # short before and after
        trade("H06", "SHRT", -12, "HELD", 42, "2020-01-16"),
        trade("H07", "SHRT", 20, "HELD", 39, "2020-05-06"),
        trade("H08", "SHRT", -6, "EONE", 34, "2020-02-27"),
        trade("N01", "SPIN", 100, "PARE", 50, "2020-01-07", fees=3),
        trade("N02", "SPIN", 33, "PARE", 56, "2020-01-09"),
        trade("N03", "SPIN", -60, "PARE", 47, "2020-02-12"),
        trade("N04", "SPIN", -8, "CHLD", 62, "2020-02-20"),
        trade("N05", "SPIN", 10, "CHLD", 39, "2020-04-01"),
        trade("N06", "SPIN", -12, "CHLD", 44, "2020-05-05"),
        trade("N07", "SPIN", 40, "OLD2", 28, "2020-01-21"),
        trade("N08", "SPIN", 20, "HELD", 40, "2020-02-25"),
        trade("N09", "SPIN", 16, "OLD2", 33, "2020-03-10"),
        trade("N10", "SPIN", -45, "HELD", 45, "2020-04-30", fees=2),
        trade("C01", "COIN", 2, "BITS", 880, "2020-01-04 08:00"),  # a Saturday
        trade("C02", "COIN", "-3.5", "BITS", 190, "2020-02-23 08:00", fees=1),
        trade("C03", "COIN", 30, "UTWO", 92, "2020-01-22"),  # splits on a Saturday, here at once
        trade("C04", "COIN", 20, "UTWO", 60, "2020-02-07"),  # the day before
        trade("C05", "COIN", 15, "UONE", 118, "2020-02-21"),
        trade("M01", "MISS", 10, "XONE", 5, "2020-03-02"),
        trade("M02", "MISS", -10, "XONE", 5, "2020-03-09"),  # at its cost: nothing left to convert
        trade("M03", "MISS", 10, "XONE", 5, "2020-03-11"),
        trade("M04", "MISS", -10, "XONE", 6, "2020-03-12"),  # a gain that nobody can convert
        trade("B01", "BARE", 5, "UONE", 100, "2020-05-05"),
    ]


def _cash_events() -> list[Raw]:
    deposits = [
        cash("DD", "DOLL", "DEPOSIT", 100_000, "2020-01-03"),
        cash("DE", "EURO", "DEPOSIT", 60_000, "2020-01-03"),  # of its base currency
        cash("DP", "POUN", "DEPOSIT", 50_000, "2020-01-04"),  # a Saturday
        cash("DY", "YENS", "DEPOSIT", 2_000, "2020-01-10"),
        cash("DS", "SPLT", "DEPOSIT", 20_000, "2020-01-03"),
        cash("DH", "SHRT", "DEPOSIT", 30_000, "2020-01-06"),
        cash("DN", "SPIN", "DEPOSIT", 25_000, "2020-01-06"),
        cash("DL", "LEGS", "DEPOSIT", 10_000, "2020-01-08"),
        cash("DC", "COIN", "DEPOSIT", 15_000, "2020-01-04"),
        cash("DM", "MISS", "DEPOSIT", 1_000, "2020-02-24"),
        cash("DB", "BARE", "DEPOSIT", 1_000, "2020-05-04"),
    ]
    euros = [
        moved("EUR", "L1a", "LEGS", "FX_OUT", 2_000, "2020-01-15", "L1"),
        moved("EUR", "L2a", "LEGS", "FX_OUT", 1_000, "2020-02-12", "L2"),  # comes in a day later
        moved("EUR", "D1b", "DOLL", "FX_IN", 4_000, "2020-01-16", "D1"),
        moved("EUR", "T1a", "EURO", "TRANSFER_OUT", 750, "2020-03-03", "T1"),  # inside a desk
        moved("EUR", "T1b", "DOLL", "TRANSFER_IN", 750, "2020-03-03", "T1"),
        moved("EUR", "E9", "EURO", "INTEREST", "3.21", "2020-03-31"),
        moved("EUR", "E8", "EURO", "FEE", "12.5", "2020-04-01"),
        moved("EUR", "E6", "EURO", "TAX", "4.75", "2020-04-01"),
        moved("EUR", "E5", "EURO", "REBATE", "2.25", "2020-04-02"),  # more than the day's fees
        moved("EUR", "W1", "EURO", "WITHDRAWAL", 1_000, "2020-04-17"),
        moved("EUR", "W2", "EURO", "DEPOSIT", 300, "2020-04-17"),
    ]
    dollars = [
        moved("USD", "L1b", "LEGS", "FX_IN", 2_190, "2020-01-15", "L1"),
        moved("USD", "L2b", "LEGS", "FX_IN", 1_080, "2020-02-13", "L2"),
        moved("USD", "L3", "LEGS", "FX_IN", 55, "2020-02-19"),  # alone, and without a transfer
        moved("USD", "L4", "LEGS", "INTEREST", 7.77, "2020-03-02"),
        moved("USD", "L5", "LEGS", "CASH_IN_LIEU", 1.23, "2020-03-06"),
        moved("USD", "T2a", "LEGS", "TRANSFER_OUT", 600, "2020-04-07", "T2"),  # to another desk
        moved("USD", "T2b", "DOLL", "TRANSFER_IN", 600, "2020-04-07", "T2"),
        moved("USD", "L6", "LEGS", "WITHDRAWAL", 100, "2020-05-11"),
        moved("USD", "D1a", "DOLL", "FX_OUT", 4_480, "2020-01-16", "D1"),
        moved("USD", "M5b", "MISS", "FX_IN", 8, "2020-03-16", "M5"),
        moved("USD", "P7", "POUN", "DEPOSIT", 2_000, "2020-02-04"),  # a flow in another currency
        moved("USD", "P8", "POUN", "WITHDRAWAL", 500, "2020-05-18"),
        moved("USD", "S9", "SPLT", "CASH_IN_LIEU", 30.5, "2020-01-22"),
    ]
    fractions = [
        lieu(moved("USD", "Q1", "SPLT", "CASH_IN_LIEU", 27.5, "2020-03-23"), "UTWO"),
        lieu(moved("USD", "Q2", "SPLT", "CASH_IN_LIEU", 3, "2020-03-18"), "NOPX"),
        lieu(moved("USD", "Q3", "SPLT", "CASH_IN_LIEU", 3, "2020-03-19"), "NOPX"),  # no fraction
        lieu(moved("USD", "Q4", "SHRT", "CASH_IN_LIEU", 3, "2020-02-10"), "UTWO"),  # a short
        lieu(moved("EUR", "Q5", "SPLT", "CASH_IN_LIEU", 3, "2020-03-10"), "UTWO"),  # in euros
        lieu(cash("Q6", "COIN", "CASH_IN_LIEU", 21, "2020-02-20"), "UTWO"),
        lieu(cash("Q6", "COIN", "CASH_IN_LIEU", 22, "2020-02-20", version=2), "UTWO"),
        lieu(cash("Q7", "COIN", "CASH_IN_LIEU", 9, "2020-03-06"), "UTWO"),  # was never paid
        cancel_cash("Q7", 2, "2020-03-09"),
    ]
    others = [
        moved("GBP", "L7", "LEGS", "FEE", 15, "2020-03-10"),  # a debt in pounds
        moved("JPY", "L8", "LEGS", "INTEREST", 900, "2020-03-11"),
        moved("JPY", "L9", "LEGS", "FX_OUT", 900, "2020-05-13", "L9"),  # exactly 0 from now on
        moved("GBP", "L9b", "LEGS", "FX_IN", "6.5", "2020-05-13", "L9"),
        moved("XXX", "M5a", "MISS", "FX_OUT", 10, "2020-03-16", "M5"),  # nothing left
        moved("XXX", "M6", "MISS", "DEPOSIT", 5, "2020-05-28"),  # a flow that has no value
    ]
    corrected = [
        in_currency(cash("R1", "DOLL", "INTEREST", 40, "2020-02-06"), "USD"),
        in_currency(
            cash("R1", "DOLL", "INTEREST", 40, "2020-02-06", version=2, known="2020-02-11"), "EUR"
        ),  # the currency was wrong
        in_currency(cash("R2", "EURO", "DEPOSIT", 9_999, "2020-02-06"), "JPY"),
        cancel_cash("R2", 2, "2020-02-07"),
    ]
    return [*deposits, *euros, *dollars, *fractions, *others, *corrected]


def currency_loads() -> list[Load]:
    """The world as files, in the order of their loading."""
    prices, rates, trades = _prices(), _rates(), _trades()
    return [
        ("corporate_actions", ACTIONS[1::2]),
        ("fx_rates", rates[::2]),
        ("trades", trades[::2]),
        ("prices", prices[::2]),
        ("instruments", INSTRUMENTS),
        ("accounts", ACCOUNTS),
        ("cash_events", _cash_events()),
        ("trades", trades[1::2]),
        ("corporate_actions", ACTIONS[::2]),
        ("prices", prices[1::2]),
        ("fx_rates", rates[1::2]),
    ]
