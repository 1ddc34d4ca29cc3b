"""Cases from tax guides, textbooks and the issues of other trackers, as they were published.

Each names its source and where its rule differs from ours. Two differences come again and again.
Tax authorities put the costs of dealing into the price (`are_fees_in_price`): ours keeps them
apart, so for such a case a purchase is dearer and a sale cheaper by its costs, which is the same
sum. And they round: `within` is what the source's own rounding can make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from tests.reference.events import CorporateAction, Trade
from tests.reference.ledger import Event

SYMBOL = "SHARE"
AVERAGE = "AVERAGE"

Of = Literal["gain", "total_gain", "quantity", "average_cost", "cost", "profit_at"]


@dataclass(frozen=True)
class Figure:
    """One published figure."""

    of: Of
    """gain of a closing trade; total_gain of all of them; quantity, average_cost or cost of what is
    held of a symbol in the end; profit_at a price: gains, and what is held valued at it."""
    what: str
    """The trade, the symbol or the price."""
    value: str
    within: str = "0"
    """How far off the source's rounding may be."""


@dataclass(frozen=True)
class PublishedCase:
    """Events of one account, and what the source says they come to."""

    name: str
    source: str
    method: str
    """AVERAGE, FIFO, LIFO or HIFO."""
    events: Sequence[Event]
    figures: Sequence[Figure] = ()
    lots: Mapping[str, Sequence[tuple[str, str]]] | None = None
    """Open lots of each symbol as (quantity, price), in the order of their opening."""
    are_fees_in_price: bool = False
    difference: str = ""
    """Where the source's rule differs from ours, beyond the two differences above."""

    def priced_events(self) -> list[Event]:
        """The events, with the fees in the price where the source has them there."""
        if not self.are_fees_in_price:
            return list(self.events)
        return [_with_fees_in_price(event) for event in self.events]


def _with_fees_in_price(event: Event) -> Event:
    if not isinstance(event, Trade):
        return event
    price = event.price + event.fees / event.signed_quantity
    return replace(event, price=price, fees=Fraction(0))


def _deal(
    side: str,
    trade_id: str,
    day: str,
    quantity: str,
    price: str,
    *,
    fees: str = "0",
) -> Trade:
    return Trade(
        trade_id=trade_id,
        account_id="INVESTOR",
        symbol=SYMBOL,
        side=side,
        quantity=Fraction(quantity),
        price=Fraction(price),
        executed_at=datetime.fromisoformat(day + "T12:00:00"),
        fees=Fraction(fees),
    )


def _buy(trade_id: str, day: str, quantity: str, price: str, fees: str = "0") -> Trade:
    return _deal("BUY", trade_id, day, quantity, price, fees=fees)


def _sell(trade_id: str, day: str, quantity: str, price: str, fees: str = "0") -> Trade:
    return _deal("SELL", trade_id, day, quantity, price, fees=fees)


def _split(day: str, ratio: str) -> CorporateAction:
    return CorporateAction(SYMBOL, date.fromisoformat(day), "SPLIT", ratio=Fraction(ratio))


def _spin_off(day: str, ratio: str, new_symbol: str, cost_fraction: str) -> CorporateAction:
    return CorporateAction(
        SYMBOL,
        date.fromisoformat(day),
        "SPINOFF",
        ratio=Fraction(ratio),
        new_symbol=new_symbol,
        cost_fraction=Fraction(cost_fraction),
    )


HMRC_LOBSTER = PublishedCase(
    "hmrc_section_104_holding",
    "HM Revenue & Customs, helpsheet HS284 (2024), example 3: Lobster plc",
    AVERAGE,
    [
        _buy("b1", "2015-04-01", "1000", "4.00", "150"),
        _buy("b2", "2018-09-01", "500", "4.10", "80"),
        _sell("s1", "2023-05-01", "700", "4.80", "100"),
        _sell("s2", "2024-02-01", "400", "5.20", "105"),
    ],
    [
        Figure("gain", "s1", "329", within="1"),
        Figure("gain", "s2", "300", within="1"),
        Figure("cost", SYMBOL, "1674", within="1"),
        Figure("quantity", SYMBOL, "400"),
    ],
    are_fees_in_price=True,
    difference="Whole pounds at every step. Purchases of the same day and of the 30 days after a"
    " sale would be matched before the pool; there are none here.",
)

HMRC_RIGHTS = PublishedCase(
    "hmrc_rights_issue_and_part_disposal",
    "HM Revenue & Customs, Capital Gains Manual CG51895: A B Electrical Products Group PLC",
    AVERAGE,
    [
        _buy("purchase", "1985-05-15", "1000", "4.30"),
        _buy("rights", "1987-10-01", "200", "3.50"),
        _sell("sale", "1988-09-15", "400", "4.10"),
    ],
    [
        Figure("cost", SYMBOL, "3335", within="2"),
        Figure("quantity", SYMBOL, "800"),
    ],
    difference="Indexation is left out. The manual rounds the fraction 400/1200 to 0.333, and so"
    " takes 1,665 and not 1,666.67 from the pool of 5,000.",
)

_FUND = [
    _buy("feb", "2008-02-06", "160", "25"),
    _buy("aug", "2008-08-07", "240", "20"),
    _buy("dec", "2008-12-18", "10", "30"),
]

IRS_FUND_FIFO = PublishedCase(
    "irs_mutual_fund_first_in_first_out",
    "Internal Revenue Service, Publication 564 (2009), table 3: cost basis (FIFO)",
    "FIFO",
    [*_FUND, _sell("oct", "2009-10-01", "210", "32")],
    [
        Figure("gain", "oct", "1720"),  # 6,720 less the basis of 5,000
        Figure("quantity", SYMBOL, "200"),
        Figure("cost", SYMBOL, "4100"),  # 9,100 less 5,000
    ],
    {SYMBOL: [("190", "20"), ("10", "30")]},
)

IRS_FUND_AVERAGE = PublishedCase(
    "irs_mutual_fund_average_basis_before_the_sale",
    "Internal Revenue Service, Publication 564 (2009), table 3: average basis (single-category)",
    AVERAGE,
    _FUND,
    [Figure("cost", SYMBOL, "9100"), Figure("quantity", SYMBOL, "410")],
)

IRS_AVERAGE_BASIS = PublishedCase(
    "irs_average_basis_of_shares_sold",
    "Internal Revenue Service, Publication 564 (2009), average basis: 300 shares for $4,800",
    AVERAGE,
    [
        _buy("first", "2006-05-01", "100", "10"),
        _buy("second", "2007-05-01", "100", "12"),
        _buy("third", "2008-05-01", "100", "26"),
        _sell("sale", "2009-05-11", "150", "16"),
    ],
    [
        Figure("average_cost", SYMBOL, "16"),
        Figure("cost", SYMBOL, "2400"),
        Figure("gain", "sale", "0"),
    ],
    difference="The source states the basis of the shares sold and no price: sold at that basis,"
    " the gain is nothing.",
)

IRS_SPLIT = PublishedCase(
    "irs_split_lot_by_lot",
    "Internal Revenue Service, FAQ on stocks (options, splits, traders): XYZ Inc., two for one",
    "FIFO",
    [
        _buy("first", "2010-01-04", "100", "10"),
        _buy("later", "2010-06-01", "100", "12"),
        _split("2011-03-01", "2"),
    ],
    [Figure("cost", SYMBOL, "2200")],
    {SYMBOL: [("200", "5"), ("200", "6")]},
)

IRS_STOCK_DIVIDEND = PublishedCase(
    "irs_stock_dividend_of_two_for_each_share",
    "Internal Revenue Service, Publication 550, nontaxable stock dividends: one share of $45",
    AVERAGE,
    [_buy("one", "1995-01-03", "1", "45"), _split("1999-06-01", "3")],
    [Figure("quantity", SYMBOL, "3"), Figure("average_cost", SYMBOL, "15")],
)

IRS_STOCK_DIVIDEND_LOTS = PublishedCase(
    "irs_stock_dividend_on_two_lots",
    "Internal Revenue Service, Publication 550, nontaxable stock dividends: shares of $30 and $45",
    "FIFO",
    [
        _buy("one", "1995-01-03", "1", "30"),
        _buy("two", "1996-01-03", "1", "45"),
        _split("1999-06-01", "3"),
    ],
    [Figure("quantity", SYMBOL, "6")],
    {SYMBOL: [("3", "10"), ("3", "15")]},
)

LASSER_SPLIT = PublishedCase(
    "lasser_sale_after_a_stock_dividend",
    "J.K. Lasser's Your Income Tax 2013, section 30.3: sale of stock dividends",
    AVERAGE,
    [
        _buy("buy", "1999-12-03", "100", "10"),
        _split("2012-08-10", "2"),
        _sell("sale", "2012-12-14", "50", "11.2"),
    ],
    [Figure("gain", "sale", "310"), Figure("average_cost", SYMBOL, "5")],
)

VITA_STOCK_DIVIDEND = PublishedCase(
    "vita_stock_dividend_of_a_tenth",
    "Internal Revenue Service, VITA capital gain workout, case study 1: Alice's ABC, Inc.",
    AVERAGE,
    [_buy("buy", "2009-03-02", "100", "10.75", "25"), _split("2010-03-01", "1.1")],
    [Figure("quantity", SYMBOL, "110"), Figure("average_cost", SYMBOL, "10")],
    are_fees_in_price=True,
)

TURBOTAX_REVERSE_SPLIT = PublishedCase(
    "turbotax_reverse_split_of_one_for_ten",
    "TurboTax community (Intuit), answer of 3 June 2019: one for ten reverse split",
    AVERAGE,
    [_buy("buy", "2018-01-02", "10000", "0.5"), _split("2019-05-01", "1/10")],
    [
        Figure("quantity", SYMBOL, "1000"),
        Figure("average_cost", SYMBOL, "5"),
        Figure("cost", SYMBOL, "5000"),
    ],
)

TURBOTAX_ODD_REVERSE_SPLIT = PublishedCase(
    "turbotax_reverse_split_of_two_and_a_half",
    "TurboTax community (Intuit), answer of MinhT: 2.5 to 1 reverse split",
    "FIFO",
    [
        _buy("buy", "2018-01-02", "1000", "10"),
        _split("2019-05-01", "2/5"),
        _sell("sale", "2019-06-03", "200", "25"),
    ],
    [Figure("gain", "sale", "0"), Figure("cost", SYMBOL, "5000")],
    {SYMBOL: [("200", "25")]},
    difference="The source states the basis of the 200 shares sold, $5,000, and no price: sold at"
    " that basis, the gain is nothing.",
)

IRS_SPIN_OFF = PublishedCase(
    "irs_spin_off",
    "Internal Revenue Service, Publication 550, corporate stocks, example 2: RGB and SFH",
    AVERAGE,
    [_buy("buy", "2010-01-04", "75", "72"), _spin_off("2013-07-26", "1/3", "SFH", "0.109624")],
    [
        Figure("quantity", "SFH", "25"),
        Figure("cost", "SFH", "592", within="0.5"),
        Figure("quantity", SYMBOL, "75"),
        Figure("cost", SYMBOL, "4808", within="0.5"),
        Figure("total_gain", "", "0"),
    ],
)

ATO_DEMERGER = PublishedCase(
    "ato_demerger",
    "Australian Taxation Office, Guide to CGT 2002-03, demergers: Anita's BHP Billiton and BHP"
    " Steel; the percentages (94.937, 5.063) by BlueScope, CGT cost base of shares at demerger",
    "FIFO",
    [
        _buy("buy", "1999-01-04", "280", "125/14"),  # a cost base of $2,500
        _spin_off("2002-07-22", "1/5", "STEEL", "0.05063"),
    ],
    [
        Figure("quantity", "STEEL", "56"),
        Figure("cost", "STEEL", "126.58", within="0.01"),
        Figure("cost", SYMBOL, "2373.43", within="0.01"),
    ],
)

_SERIES_7 = [
    _buy("january", "2020-01-15", "100", "30"),
    _buy("april", "2020-04-15", "100", "40"),
    _buy("july", "2020-07-15", "100", "50"),
    _sell("november", "2020-11-16", "100", "55"),
]
_SERIES_7_SOURCE = "CertFuel, Series 7, cost valuation methods: three purchases of XYZ stock"

SERIES_7_FIFO = PublishedCase(
    "series_7_first_in_first_out",
    _SERIES_7_SOURCE,
    "FIFO",
    _SERIES_7,
    [Figure("gain", "november", "2500")],
    {SYMBOL: [("100", "40"), ("100", "50")]},
)

SERIES_7_LIFO = PublishedCase(
    "series_7_last_in_first_out",
    _SERIES_7_SOURCE,
    "LIFO",
    _SERIES_7,
    [Figure("gain", "november", "500")],
    {SYMBOL: [("100", "30"), ("100", "40")]},
)

_ALLINVESTVIEW = [
    _buy("2023-01", "2023-01-16", "50", "40"),
    _buy("2023-06", "2023-06-15", "50", "60"),
    _buy("2024-12", "2024-12-16", "50", "80"),
    _sell("sale", "2025-03-03", "50", "100"),
]

ALLINVESTVIEW_FIFO = PublishedCase(
    "allinvestview_first_in_first_out",
    "AllInvestView, FIFO and LIFO guide, worked example: XYZ stock",
    "FIFO",
    _ALLINVESTVIEW,
    [Figure("gain", "sale", "3000")],
)

ALLINVESTVIEW_LIFO = replace(
    ALLINVESTVIEW_FIFO,
    name="allinvestview_last_in_first_out",
    method="LIFO",
    figures=[Figure("gain", "sale", "1000")],
)

_COINS = [
    _buy("2017", "2017-01-02", "1", "1000"),
    _buy("2018", "2018-01-02", "2", "9000"),
    _buy("2019", "2019-01-02", "5", "6000"),
    _sell("sale", "2024-12-02", "2", "100000"),
]

COINS_FIFO = PublishedCase(
    "coins_first_in_first_out_over_two_lots",
    "RandomCalculators, FIFO vs LIFO vs HIFO: three purchases of bitcoin, two sold",
    "FIFO",
    _COINS,
    [Figure("gain", "sale", "190000")],
    {SYMBOL: [("1", "9000"), ("5", "6000")]},
)

COINS_LIFO = replace(
    COINS_FIFO,
    name="coins_last_in_first_out_part_of_a_lot",
    method="LIFO",
    figures=[Figure("gain", "sale", "188000")],
    lots={SYMBOL: [("1", "1000"), ("2", "9000"), ("3", "6000")]},
)

MERLIN_HIFO = PublishedCase(
    "merlin_highest_in_first_out",
    "Merlin, glossary, HIFO: three purchases of bitcoin, of which the second was the highest-cost",
    "HIFO",
    [
        _buy("first", "2022-01-03", "1", "20000"),
        _buy("second", "2022-02-01", "1", "30000"),
        _buy("third", "2022-03-01", "1", "25000"),
        _sell("sale", "2022-04-01", "1", "40000"),
    ],
    [Figure("gain", "sale", "10000")],
    {SYMBOL: [("1", "20000"), ("1", "25000")]},
)

TOKENBOOKS_HIFO = PublishedCase(
    "tokenbooks_highest_in_first_out_over_two_lots",
    "Tokenbooks, glossary, HIFO: three purchases of half a bitcoin",
    "HIFO",
    [
        _buy("january", "2022-01-01", "0.5", "30000"),
        _buy("april", "2022-04-01", "0.5", "40000"),
        _buy("july", "2022-07-01", "0.5", "50000"),
        _sell("october", "2022-10-03", "0.7", "55000"),
    ],
    [Figure("gain", "october", "5500")],
    {SYMBOL: [("0.5", "30000"), ("0.3", "40000")]},
)

GNUCASH_AVERAGE = PublishedCase(
    "gnucash_average_basis",
    "gnucash-devel mailing list, 22 February 2006, advanced portfolio report: two buys and a sale",
    AVERAGE,
    [
        _buy("buy 1", "2006-01-03", "100", "10"),
        _buy("buy 2", "2006-01-10", "100", "11"),
        _sell("sale", "2006-02-01", "100", "12"),
    ],
    [Figure("gain", "sale", "150"), Figure("average_cost", SYMBOL, "10.5")],
)

GLOBE_AND_MAIL = PublishedCase(
    "canada_a_sale_leaves_the_average",
    "The Globe and Mail, Investor Clinic (J. Heinzl), quiz question 1: adjusted cost base of XYZ",
    AVERAGE,
    [
        _buy("first", "2014-01-06", "200", "21"),
        _sell("sale", "2014-02-03", "100", "24"),
        _buy("second", "2014-03-03", "200", "27"),
    ],
    [
        Figure("average_cost", SYMBOL, "25"),
        Figure("cost", SYMBOL, "7500"),
        Figure("quantity", SYMBOL, "300"),
    ],
)

CSC_HILDE = PublishedCase(
    "canada_commissions_on_both_sides",
    "Canadian Securities Course notes, 24.3.1 disposition of shares: Hilde's ABC shares",
    AVERAGE,
    [
        _buy("buy", "2018-01-02", "100", "6", "17"),
        _sell("sale", "2020-01-02", "100", "10", "25"),
    ],
    [Figure("gain", "sale", "358"), Figure("quantity", SYMBOL, "0")],
    are_fees_in_price=True,
)

CSC_HUGO = PublishedCase(
    "canada_average_with_commissions",
    "Canadian Securities Course notes, 24.3.1 disposition of shares: Hugo's ABC shares",
    AVERAGE,
    [
        _buy("january", "2019-01-15", "200", "6", "25"),
        _buy("june", "2020-06-15", "100", "9", "20"),
    ],
    [Figure("cost", SYMBOL, "2145"), Figure("average_cost", SYMBOL, "7.15")],
    are_fees_in_price=True,
)

NAUTILUS_REVERSAL = PublishedCase(
    "nautilus_average_is_reset_on_a_reversal",
    "nautechsystems/nautilus_trader, issues 933 and 963: NETTING flip position wrong avg_px_open",
    AVERAGE,
    [
        _sell("short", "2022-08-02", "1.1", "2.7810247713884997"),
        _buy("flip", "2022-08-03", "375.8", "2.662"),
    ],
    [Figure("quantity", SYMBOL, "374.7"), Figure("average_cost", SYMBOL, "2.662")],
)

GHOSTFOLIO_SHORT = PublishedCase(
    "ghostfolio_average_of_a_short",
    "ghostfolio/ghostfolio, pull request 5416 and its test BTCUSD short sell",
    AVERAGE,
    [
        _sell("first", "2021-12-12", "1", "44558.42", "4.46"),
        _sell("second", "2021-12-13", "1", "46737.48", "4.46"),
    ],
    [Figure("average_cost", SYMBOL, "45647.95"), Figure("quantity", SYMBOL, "-2")],
)

GHOSTFOLIO_PARTLY = PublishedCase(
    "ghostfolio_average_is_not_changed_by_a_sale",
    "ghostfolio/ghostfolio, pull request 826: NOVN.SW buy and sell partially",
    AVERAGE,
    [
        _buy("buy", "2022-03-07", "2", "75.8", "1.3"),
        _sell("sale", "2022-04-08", "1", "85.73", "2.95"),
    ],
    [
        Figure("average_cost", SYMBOL, "75.8"),
        Figure("gain", "sale", "9.93"),
        Figure("profit_at", "87.8", "21.93"),
    ],
)

GHOSTFOLIO_TWO_SALES = PublishedCase(
    "ghostfolio_profit_is_the_sum_of_cash_flows",
    "ghostfolio/ghostfolio, test average price after a partial sell",
    AVERAGE,
    [
        _buy("1", "2022-03-01", "10", "100"),
        _sell("2", "2022-03-07", "4", "120"),
        _buy("3", "2022-03-14", "6", "200"),
        _sell("4", "2022-04-08", "4", "220"),
    ],
    [Figure("profit_at", "87.8", "-137.6"), Figure("quantity", SYMBOL, "8")],
)

_JNUG = [
    _buy("1", "2025-12-11", "9", "209.45", "1"),
    _sell("2", "2025-12-18", "9", "210", "1"),
    _buy("3", "2025-12-18", "10", "204.11", "1"),
    _sell("4", "2025-12-28", "10", "208.01", "1"),
]

GHOSTFOLIO_GROSS = PublishedCase(
    "ghostfolio_gross_of_two_round_trips",
    "ghostfolio/ghostfolio, test JNUG buy and sell and buy and sell: gross performance",
    "FIFO",
    _JNUG,
    [Figure("total_gain", "", "43.95"), Figure("quantity", SYMBOL, "0")],
)

GHOSTFOLIO_NET = replace(
    GHOSTFOLIO_GROSS,
    name="ghostfolio_net_of_two_round_trips",
    figures=[Figure("total_gain", "", "39.95"), Figure("quantity", SYMBOL, "0")],
    are_fees_in_price=True,
)

GHOSTFOLIO_SPLIT = PublishedCase(
    "ghostfolio_split_between_buy_and_sale",
    "ghostfolio/ghostfolio, test NVDA buy (before a 10:1 split) and sell",
    AVERAGE,
    [
        _buy("buy", "2024-06-03", "1", "1200"),
        _split("2024-06-10", "10"),
        _sell("sale", "2024-06-14", "10", "125"),
    ],
    [Figure("gain", "sale", "50"), Figure("quantity", SYMBOL, "0")],
)

CASES = [each for each in list(globals().values()) if isinstance(each, PublishedCase)]
"""All of them, in the order of this page."""
