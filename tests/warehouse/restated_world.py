"""A world that is received in four deliveries; each case is an account whose history is restated.

The first delivery holds a plain book for every case. The second restates them, each in its own way,
and brings no new day. The third brings a new last day, and a trade of the year before. The fourth
says something new of instruments and accounts, after which everything may be built anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    trade,
    trading_days,
)

DAYS = trading_days("2024-01-02", "2024-02-16")
LAST_DAY = DAYS[-1]
"""Comes with the third delivery."""
LATER = "2024-03-01"
"""When what is received later was received."""

QUIET = "QUIET"
"""An account of which nothing is received later."""

Row = tuple[str, Raw]
POSITIONS = "main_facts.fact_positions_daily"
VALUES = "main_facts.fact_portfolio_value_daily"


@dataclass(frozen=True)
class Restatement:
    """A case: what comes on top of its book, what is received later, and what that changes."""

    name: str
    """Of the case, its account and its desk; its symbols begin with it."""
    later: Sequence[Row]
    query: str
    """Gives one value; `{name}` stands for the name of the case."""
    was: object
    becomes: object
    before: Sequence[Row] = ()

    @property
    def is_description(self) -> bool:
        """Whether it is about what an instrument or an account is."""
        return any(kind in ("instruments", "accounts") for kind, _ in self.later)


def action(symbol: str, day: str, kind: str, *, version: int = 1, **terms: object) -> Row:
    """A corporate action; a version above 1 is a CORRECT."""
    row: Raw = {"symbol": symbol, "ex_date": day, "type": kind, "version": version, **terms}
    row |= {"event_type": "NEW" if version == 1 else "CORRECT", "ingested_at": f"{LATER} 12:00"}
    return "corporate_actions", row


def no_action(symbol: str, day: str, kind: str, version: int = 2) -> Row:
    """The cancel of a corporate action."""
    kind_row, row = action(symbol, day, kind, version=version)
    return kind_row, row | {"event_type": "CANCEL", "ingested_at": f"{LATER} 13:00"}


def rate(currency: str, day: str, value: float, known: str) -> Row:
    """Dollars for one unit of a currency."""
    return "fx_rates", {
        "date": day,
        "base_currency": currency,
        "quote_currency": "USD",
        "rate": value,
        "ingested_at": known,
    }


def traded(*arguments: object, **options: object) -> Row:
    """A trade (raw_rows.trade)."""
    return "trades", trade(*arguments, **options)  # type: ignore[arg-type]


def moved(*arguments: object, **options: object) -> Row:
    """A cash event (raw_rows.cash)."""
    return "cash_events", cash(*arguments, **options)  # type: ignore[arg-type]


def position(column: str, day: int, symbol: str = "{name}-A", of: str = "{name}") -> str:
    """SQL: a column of a position on a day."""
    return (
        f"select {column} from {POSITIONS} where account_id = '{of}' and symbol = '{symbol}'"  # noqa: S608 - our own names
        f" and value_date = '{DAYS[day]}'"
    )


def held(symbol: str) -> str:
    """SQL: how many days a symbol was held by anyone."""
    return f"select count(*) from {POSITIONS} where symbol = '{symbol}'"  # noqa: S608 - our own names


FRACTION = cash("fraction", "FRACTION", "CASH_IN_LIEU", 40, DAYS[17]) | {"symbol": "FRACTION-A"}
OTHER_FRACTION = cash("other", "OTHER-FRACTION", "CASH_IN_LIEU", 40, DAYS[17]) | {
    "symbol": "OTHER-FRACTION-B"
}

CASES = [
    Restatement(
        "SPLIT",
        [action("SPLIT-A", DAYS[15], "SPLIT", ratio="2:1")],
        f"""
            select list(cumulative_position::integer order by account_id) from {POSITIONS}
            where symbol = 'SPLIT-A' and value_date = '{DAYS[20]}'
        """,  # noqa: S608 - our own names
        [120, 10, 20],
        [240, 20, 40],
        [
            traded("split-2", "SPLIT-2", 10, "SPLIT-A", 100, DAYS[4]),
            traded("split-3", "SPLIT-3", 20, "SPLIT-A", 100, DAYS[9]),
        ],
    ),
    Restatement(
        "PRICE-FIX",
        [("prices", close("PRICE-FIX-A", DAYS[2], 77, f"{LATER} 09:00"))],
        position("close_price::integer", 2),
        102,
        77,
    ),
    Restatement(
        "EMPTIED",
        [("trades", cancel("emptied", 2, LATER))],
        held("EMPTIED-C"),
        len(DAYS) - 1 - 6,
        0,
        [traded("emptied", "EMPTIED", 5, "EMPTIED-C", 10, DAYS[6])],
    ),
    Restatement(
        "GONE",
        [("cash_events", cancel_cash("gone", 2, LATER))],
        f"select count(*) from {VALUES} where account_id = 'GONE-2'",  # noqa: S608 - our own names
        len(DAYS) - 1 - 3,
        0,
        [moved("gone", "GONE-2", "DEPOSIT", 500, DAYS[3])],
    ),
    Restatement(
        "EARLIER",
        [traded("earlier", "EARLIER", 5, "EARLIER-A", 99, DAYS[0], known=LATER)],
        f"select min(value_date)::varchar from {VALUES} where account_id = 'EARLIER'",  # noqa: S608 - our own names
        DAYS[1],
        DAYS[0],
    ),
    Restatement(
        "NEWCOMER",
        [
            moved("newcomer-1", "NEWCOMER-2", "DEPOSIT", 900, DAYS[7], known=LATER),
            traded("newcomer-2", "NEWCOMER-2", 3, "NEWCOMER-C", 10, DAYS[8], known=LATER),
        ],
        f"select count(*) from {VALUES} where account_id = 'NEWCOMER-2'",  # noqa: S608 - our own names
        0,
        len(DAYS) - 1 - 7,
    ),
    Restatement(
        "MOVED",
        [traded("moved", "MOVED-2", 7, "MOVED-B", 50, DAYS[9], version=2, known=LATER)],
        f"""
            select list([account_id, symbol] order by account_id, symbol) from {POSITIONS}
            where symbol in ('MOVED-B', 'MOVED-C') and value_date = '{DAYS[20]}'
        """,  # noqa: S608 - our own names
        [["MOVED", "MOVED-B"], ["MOVED", "MOVED-C"]],
        [["MOVED", "MOVED-B"], ["MOVED-2", "MOVED-B"]],
        [traded("moved", "MOVED", 7, "MOVED-C", 10, DAYS[9])],
    ),
    Restatement(
        "RATE",
        [rate("DKK", DAYS[6], 0.25, f"{LATER} 09:00")],
        position("market_value::integer", 6),
        150 * 106 // 2,
        150 * 106 // 4,
        [("instruments", instrument("RATE-A", currency="DKK"))],
    ),
    Restatement(
        "NO-RATE",
        [rate("NOK", DAYS[3], 0.5, f"{LATER} 09:00")],
        position("market_value::integer", 6),
        None,
        150 * 106 // 2,
        [("instruments", instrument("NO-RATE-A", currency="NOK"))],
    ),
    Restatement(
        "CURRENCY",
        [("instruments", instrument("CURRENCY-A", LATER, currency="USD"))],
        position("market_value::integer", 6),
        150 * 106 // 2,
        150 * 106,
        [("instruments", instrument("CURRENCY-A", currency="SEK"))],
    ),
    Restatement(
        "MULTIPLIER",
        [("instruments", instrument("MULTIPLIER-A", LATER, multiplier=100))],
        position("market_value::integer", 6),
        150 * 106,
        150 * 106 * 100,
    ),
    Restatement(
        "DESCRIBED",
        [("instruments", instrument("DESCRIBED-C", LATER, currency="SEK"))],
        held("DESCRIBED-C"),
        0,
        len(DAYS) - 5,
        [
            (
                "trades",
                trade("described", "DESCRIBED", 4, "DESCRIBED-C", 10, DAYS[5])
                | {"currency": "SEK"},
            )
        ],
    ),
    Restatement(
        "SECTOR",
        [("instruments", instrument("SECTOR-A", LATER, sector="Energy"))],
        "select sector from main_dimensions.dim_symbol where symbol = 'SECTOR-A'",
        "Utilities",
        "Energy",
        [("instruments", instrument("SECTOR-A", sector="Utilities"))],
    ),
    Restatement(
        "DESK",
        [("accounts", account("DESK", "NEW-DESK", LATER))],
        "select count(*) from main_facts.fact_scope_value_daily where scope_id = 'NEW-DESK'",
        0,
        len(DAYS) - 1,
    ),
    Restatement(
        "BASE",
        [("accounts", account("BASE", "BASE", LATER) | {"base_currency": "SEK"})],
        position("market_value::integer", 7),
        150 * 107,
        150 * 107 * 2,
    ),
    Restatement(
        "CALENDAR",
        [("accounts", account("CALENDAR", "CALENDAR", LATER, "24x7"))],
        f"select count(*) from {VALUES} where account_id = 'CALENDAR'",  # noqa: S608 - our own names
        len(DAYS) - 2,
        len(all_days(DAYS[1], DAYS[-1])),
    ),
    Restatement(
        "KNOWN-EARLIER",
        [traded("known", "KNOWN-EARLIER", 9, "KNOWN-EARLIER-C", 10, DAYS[8], known=DAYS[9])],
        position("cumulative_position::integer", 20, "{name}-C"),
        8,
        9,
        [traded("known", "KNOWN-EARLIER", 8, "KNOWN-EARLIER-C", 10, DAYS[8], known=DAYS[11])],
    ),
    Restatement(
        "DIVIDEND",
        [action("DIVIDEND-A", DAYS[14], "DIVIDEND", amount="1.5")],
        "select sum(dividends)::integer from main_facts.fact_pnl_daily where account_id = '{name}'",
        0,
        180,
    ),
    Restatement(
        "SHORT-PAYS",
        [action("SHORT-PAYS-B", DAYS[14], "DIVIDEND", amount="0.5", currency="USD")],
        "select sum(dividends)::integer from main_facts.fact_pnl_daily where account_id = '{name}'",
        0,
        -20,
    ),
    Restatement(
        "CAPITAL",
        [action("CAPITAL-A", DAYS[14], "RETURN_OF_CAPITAL", amount="20")],
        position("avg_cost_per_share::integer", 20),
        102,
        82,
    ),
    Restatement(
        "SPECIAL",
        [action("SPECIAL-A", DAYS[14], "DIVIDEND", amount="2", action_id="special")],
        "select sum(dividends)::integer from main_facts.fact_pnl_daily where account_id = '{name}'",
        180,
        420,
        [action("SPECIAL-A", DAYS[14], "DIVIDEND", amount="1.5", action_id="regular")],
    ),
    Restatement(
        "PAID-ABROAD",
        [action("PAID-ABROAD-A", DAYS[14], "DIVIDEND", amount="3", currency="SEK")],
        f"""
            select cash_balance::integer from main_facts.fact_cash_balances_daily
            where account_id = '{{name}}' and currency = 'SEK' and value_date = '{DAYS[20]}'
        """,  # noqa: S608 - our own names
        None,
        360,
    ),
    Restatement(
        "CAPITAL-RATED",  # by the rate of DKK that is restated below
        [traded("rated", "CAPITAL-RATED", 1, "CAPITAL-RATED-C", 10, DAYS[5], known=LATER)],
        position("avg_cost_per_share::integer", 20),
        82,
        92,
        [action("CAPITAL-RATED-A", DAYS[7], "RETURN_OF_CAPITAL", amount="40", currency="DKK")],
    ),
    Restatement(
        "FRACTION",
        [("cash_events", FRACTION | {"version": 2, "event_type": "CANCEL", "ingested_at": LATER})],
        position("cumulative_position::double", 20),
        13,
        13.33333333,
        [action("FRACTION-A", DAYS[15], "SPLIT", ratio="1:9"), ("cash_events", FRACTION)],
    ),
    Restatement(
        "OTHER-FRACTION",
        [
            (
                "cash_events",
                OTHER_FRACTION
                | {
                    "version": 2,
                    "event_type": "CORRECT",
                    "symbol": "OTHER-FRACTION-A",
                    "ingested_at": LATER,
                },
            )
        ],
        position("cumulative_position::double", 20),
        13.33333333,
        13,
        [
            action("OTHER-FRACTION-A", DAYS[15], "SPLIT", ratio="1:9"),
            ("cash_events", OTHER_FRACTION),
        ],
    ),
    Restatement(
        "NO-SPLIT",
        [no_action("NO-SPLIT-A", DAYS[15], "SPLIT")],
        position("cumulative_position::integer", 20),
        240,
        120,
        [action("NO-SPLIT-A", DAYS[15], "SPLIT", ratio="2:1")],
    ),
    Restatement(
        "RATIO",
        [action("RATIO-A", DAYS[15], "SPLIT", version=2, ratio="1:3")],
        position("cumulative_position::integer", 20),
        240,
        40,
        [action("RATIO-A", DAYS[15], "SPLIT", ratio="2:1")],
    ),
    Restatement(
        "SPINOFF",
        [
            action(
                "SPINOFF-A",
                DAYS[15],
                "SPINOFF",
                ratio="1:4",
                new_symbol="SPINOFF-C",
                cost_fraction="0.25",
            )
        ],
        position("cumulative_position::integer", 20, "{name}-C"),
        None,
        30,
    ),
    Restatement(
        "NO-RENAMING",
        [no_action("NO-RENAMING-A", DAYS[15], "SYMBOL_CHANGE")],
        held("NO-RENAMING-C"),
        len(DAYS) - 1 - 15,
        0,
        [action("NO-RENAMING-A", DAYS[15], "SYMBOL_CHANGE", new_symbol="NO-RENAMING-C")],
    ),
    Restatement(
        "RENAMED-LATE",
        [traded("renamed", "RENAMED-LATE", 10, "RENAMED-LATE-A", 99, DAYS[4], known=LATER)],
        position("cumulative_position::integer", 20, "{name}-C"),
        120,
        130,
        [action("RENAMED-LATE-A", DAYS[15], "SYMBOL_CHANGE", new_symbol="RENAMED-LATE-C")],
    ),
    Restatement(
        "HOLE",
        [("prices", close("HOLE-C", DAYS[13], 14, f"{LATER} 09:00"))],
        position("close_price::integer", 13, "{name}-C"),
        12,
        14,
        [
            traded("hole", "HOLE", 6, "HOLE-C", 10, DAYS[5]),
            ("prices", close("HOLE-C", DAYS[10], 12)),
            ("prices", close("HOLE-C", DAYS[16], 15)),
        ],
    ),
    Restatement(
        "FIRST-PRICE",
        [("prices", close("FIRST-PRICE-C", DAYS[7], 14, f"{LATER} 09:00"))],
        position("market_value::integer", 13, "{name}-C"),
        60,
        84,
        [traded("first", "FIRST-PRICE", 6, "FIRST-PRICE-C", 10, DAYS[5])],
    ),
    Restatement(
        "CASH-MOVED",
        [moved("cash", "CASH-MOVED-2", "DEPOSIT", 400, DAYS[5], version=2, known=LATER)],
        f"""
            select list(cash_balance::integer order by account_id) from {VALUES}
            where account_id like 'CASH-MOVED%' and value_date = '{DAYS[11]}'
        """,  # noqa: S608 - our own names
        [87_050],
        [86_750, 400],
        [moved("cash", "CASH-MOVED", "DEPOSIT", 300, DAYS[5])],
    ),
    Restatement(
        "LEG",
        [moved("leg-2", "LEG-2", "TRANSFER_IN", 50, DAYS[9], transfer="leg", known=LATER)],
        f"""
            select (external_inflow - external_outflow)::integer
            from main_facts.fact_scope_value_daily
            where scope_type = 'desk' and scope_id = 'LEG' and value_date = '{DAYS[9]}'
        """,  # noqa: S608 - our own names
        -50,
        0,
        [
            ("accounts", account("LEG-2", "LEG")),
            moved("leg-0", "LEG-2", "DEPOSIT", 10, DAYS[1]),
            moved("leg-1", "LEG", "TRANSFER_OUT", 50, DAYS[9], transfer="leg"),
        ],
    ),
    Restatement(
        "LEG-ABROAD",
        [
            (
                "cash_events",
                cash(
                    "abroad-2",
                    "ABROAD-2",
                    "TRANSFER_IN",
                    50,
                    DAYS[9],
                    transfer="abroad",
                    known=LATER,
                )
                | {"currency": "USD"},
            )
        ],
        f"""
            select [external_inflow, external_outflow]::integer[]
            from main_facts.fact_scope_value_daily
            where scope_type = 'desk' and scope_id = 'LEG-ABROAD' and value_date = '{DAYS[9]}'
        """,  # noqa: S608 - our own names
        [0, 50],
        [0, 0],
        [
            ("accounts", account("ABROAD-2", "LEG-ABROAD") | {"base_currency": "SEK"}),
            moved("abroad-0", "ABROAD-2", "DEPOSIT", 10, DAYS[1]),
            moved("abroad-1", "LEG-ABROAD", "TRANSFER_OUT", 50, DAYS[9], transfer="abroad"),
        ],
    ),
    Restatement(
        "UNPRICED",
        [traded("unpriced", "UNPRICED", -50, "UNPRICED-A", 120, LAST_DAY, known=LATER)],
        "select count(*) from main_facts.fact_trades where trade_id = 'unpriced'",
        0,
        1,
    ),
    Restatement(
        "REPEATED",
        [traded("repeated", "REPEATED", 6, "REPEATED-C", 10, DAYS[5], known=LATER)],
        position("cumulative_position::integer", 20, "{name}-C"),
        6,
        6,
        [traded("repeated", "REPEATED", 6, "REPEATED-C", 10, DAYS[5])],
    ),
    Restatement(
        "REBOOKED",
        [traded("rebooked", "REBOOKED", 8, "REBOOKED-C", 10, DAYS[5], version=3, known=LATER)],
        held("REBOOKED-C"),
        0,
        len(DAYS) - 1 - 5,
        [
            traded("rebooked", "REBOOKED", 6, "REBOOKED-C", 10, DAYS[5]),
            ("trades", cancel("rebooked", 2, DAYS[9])),
        ],
    ),
    Restatement(
        "CLOSED",
        [traded("closed", "CLOSED", 40, "CLOSED-B", 49, DAYS[8], known=LATER)],
        held("CLOSED-B"),
        len(DAYS) - 1 - 3,
        6,
    ),
    Restatement(
        "BETWEEN",
        [traded("BETWEEN-1a", "BETWEEN", -200, "BETWEEN-A", 90, DAYS[1], known=LATER)],
        "select round(avg_cost_after, 8)::integer from main_facts.fact_trades"
        " where trade_id = 'BETWEEN-1a'",
        None,
        90,
    ),
]


def _book(name: str) -> list[Row]:
    """The plain book of a case: a long and a short."""
    symbols = f"{name}-A", f"{name}-B"
    return [
        ("accounts", account(name, name)),
        moved(f"{name}-0", name, "DEPOSIT", 100_000, DAYS[1]),
        traded(f"{name}-1", name, 100, symbols[0], 101, DAYS[1], fees=0),
        traded(f"{name}-2", name, -40, symbols[1], 50, DAYS[3]),
        traded(f"{name}-3", name, 50, symbols[0], 103, DAYS[5]),
        traded(f"{name}-4", name, -30, symbols[0], 110, DAYS[12]),
        *(("prices", close(symbols[0], day, 100 + number)) for number, day in _priced()),
        *(("prices", close(symbols[1], day, 50 - number % 3)) for number, day in _priced()),
    ]


def _priced() -> list[tuple[int, str]]:
    return list(enumerate(DAYS[:-1]))


def _loads(received: Iterable[Row]) -> list[Load]:
    files: dict[str, list[Raw]] = defaultdict(list)
    for kind, row in received:
        files[kind].append(row)
    return list(files.items())


def deliveries() -> list[list[Load]]:
    """The world in its four deliveries."""
    names = [QUIET, *(case.name for case in CASES)]
    books = [row for name in names for row in _book(name)]
    rates = [
        rate(currency, day, 0.5, f"{day} 20:00") for currency in ("DKK", "SEK") for day in DAYS[::3]
    ]
    last_day = [("prices", close(f"{name}-A", LAST_DAY, 90)) for name in names]
    early = traded("year", "YEAR", 2, "YEAR-C", 10, "2023-12-18", known=LATER)
    restated = [row for case in CASES if not case.is_description for row in case.later]
    described = [row for case in CASES if case.is_description for row in case.later]
    return [
        _loads([*books, *rates, *(row for case in CASES for row in case.before)]),
        _loads(restated),
        _loads([*last_day, early]),
        _loads(described),
    ]
