"""Daily books of a world that fits on a page."""

from collections.abc import Iterator
from datetime import date, datetime
from fractions import Fraction

import pytest

from tests.reference.books import Books, PnlRow, build_books
from tests.reference.closes import day_closes
from tests.reference.events import Account, Inputs, Instrument, Price
from tests.reference.small_world import cash, close, day, money, trade

CASH = "CASH:USD"

# Saturday's deposit counts on Tuesday 2 January. X has no price on the 2nd and the 4th and is sold
# on the 5th. Y carries the last day to Monday the 8th. On the 9th nothing has a price.
PAGE = Inputs(
    trades=[
        trade("1", "01-02", 10, 10, fees=1),
        trade("2", "01-05", -10, "12.5", fees=1),
        trade("3", "01-09", 5, 13),
    ],
    cash_events=[
        cash("c1", "2023-12-30", "DEPOSIT", 1000),
        cash("c2", "01-04", "INTEREST", 2),
        cash("c3", "01-08", "FEE", "0.5"),
        cash("c4", "01-09", "WITHDRAWAL", 100),
    ],
    prices=[
        close("01-03", 11),
        close("01-05", 12),
        close("01-06", 99),
        close("01-08", 7, symbol="Y"),
    ],
)


@pytest.fixture(scope="module")
def page() -> Books:
    return build_books(PAGE)


def unexplained(books: Books) -> Iterator[Fraction]:
    """Change in value less flow less P&L, of every account and day."""
    for account_id in books.account_ids:
        before = Fraction(0)
        for on in books.days_of(account_id):
            row = books.portfolio[account_id, on]
            pnl = [
                each.total_pnl or Fraction(0)
                for (owner, _, when), each in books.pnl.items()
                if owner == account_id and when == on
            ]
            assert row.total_value is not None
            assert row.net_external_flow is not None
            yield row.total_value - before - row.net_external_flow - sum(pnl)
            before = row.total_value


def test_an_account_is_valued_from_its_first_event_to_the_last_priced_day(page: Books) -> None:
    values = {
        on: (row.cash_balance, row.positions_value) for (_, on), row in page.portfolio.items()
    }
    assert values == {
        day("01-02"): (899, 100),
        day("01-03"): (899, 110),
        day("01-04"): (901, 110),
        day("01-05"): (1025, 0),
        day("01-08"): (Fraction("1024.5"), Fraction(0)),
    }
    assert page.last_day == day("01-08"), "the price of a Saturday is not used"


def test_flows_are_on_their_value_date_and_interest_and_fees_are_none(page: Books) -> None:
    flows = {on: row.net_external_flow for (_, on), row in page.portfolio.items()}
    assert flows.pop(day("01-02")) == 1000
    assert set(flows.values()) == {0}
    assert {key: row.is_external_flow for key, row in page.cash_events.items()} == {
        "c1": True,
        "c2": False,
        "c3": False,
        "c4": True,
    }


def test_a_position_is_carried_at_cost_then_at_its_last_price_until_it_is_flat(page: Books) -> None:
    rows: dict[date, object] = {
        on: (
            row.cumulative_position,
            row.avg_cost_per_share,
            row.close_price,
            row.stale_days,
            row.market_value,
            row.unrealized_pnl,
            row.realized_pnl_to_date,
        )
        for (_, _, on), row in page.positions.items()
    }
    assert rows == {
        day("01-02"): (10, 10, None, None, 100, 0, 0),
        day("01-03"): (10, 10, 11, 0, 110, 10, 0),
        day("01-04"): (10, 10, 11, 1, 110, 10, 0),
        day("01-05"): (0, None, 12, 0, 0, 0, 25),
    }


def test_pnl_of_a_day_is_split_by_symbol_and_cash(page: Books) -> None:
    assert page.pnl["A", "X", day("01-02")] == PnlRow(fees=money(1))
    assert page.pnl["A", "X", day("01-03")] == PnlRow(
        unrealized_pnl=money(10), unrealized_pnl_change=money(10)
    )
    assert page.pnl["A", "X", day("01-04")] == PnlRow(unrealized_pnl=money(10))
    assert page.pnl["A", "X", day("01-05")] == PnlRow(
        realized_pnl=money(25), unrealized_pnl_change=money(-10), fees=money(1)
    )
    assert page.pnl["A", "X", day("01-05")].total_pnl == 14
    assert page.pnl["A", CASH, day("01-04")] == PnlRow(interest=money(2))
    assert page.pnl["A", CASH, day("01-08")] == PnlRow(fees=money("0.5"))
    assert ("A", "X", day("01-08")) not in page.pnl


def test_later_events_are_in_the_trades_and_in_no_daily_table(page: Books) -> None:
    assert page.trades["3"].position_after == 5
    assert {on for _, _, on in page.positions} == {
        day(text) for text in ("01-02", "01-03", "01-04", "01-05")
    }


def test_change_in_value_is_flow_and_pnl_exactly(page: Books) -> None:
    assert set(unexplained(page)) == {0}


def test_a_position_opened_and_closed_in_a_day_has_a_row_and_may_open_again() -> None:
    books = build_books(
        Inputs(
            trades=[
                trade("1", "01-02", 10, 10),
                trade("2", "01-02", -10, 11),
                trade("3", "01-04", -4, 12),
            ],
            prices=[close("01-02", 10), close("01-04", 11)],
        )
    )
    rows = {on: row.cumulative_position for (_, _, on), row in books.positions.items()}
    assert rows == {day("01-02"): 0, day("01-04"): -4}
    short = books.positions["A", "X", day("01-04")]
    assert short.market_value == -44
    assert short.cost_basis == -48
    assert short.unrealized_pnl == 4
    assert short.realized_pnl_to_date == 10
    assert books.portfolio["A", day("01-03")].total_value == 10
    assert set(unexplained(books)) == {0}


def test_a_multiplier_scales_value_cash_and_pnl() -> None:
    books = build_books(
        Inputs(
            trades=[trade("1", "01-02", 2, 10), trade("2", "01-03", -1, 12)],
            prices=[close("01-02", 11), close("01-03", 13)],
            instruments={"X": Instrument("X", multiplier=Fraction(100))},
        )
    )
    assert books.portfolio["A", day("01-02")].cash_balance == -2000
    assert books.portfolio["A", day("01-02")].positions_value == 2200
    assert books.positions["A", "X", day("01-03")].cost_basis == 1000
    assert books.pnl["A", "X", day("01-03")].realized_pnl == 200
    assert books.pnl["A", "X", day("01-03")].total_pnl == 300
    assert set(unexplained(books)) == {0}


def test_legs_of_a_transfer_inside_an_account_on_one_day_are_no_flow() -> None:
    inputs = Inputs(
        cash_events=[
            cash("c1", "01-02", "DEPOSIT", 100),
            cash("c2", "01-03", "TRANSFER_OUT", 40, transfer_id="t"),
            cash("c3", "01-03", "TRANSFER_IN", 40, transfer_id="t"),
            cash("c4", "01-04", "TRANSFER_IN", 5, transfer_id="lone"),
            cash("c5", "01-04", "WITHDRAWAL", 7),
        ],
        prices=[close("01-04", 1)],
    )
    books = build_books(inputs)
    assert not books.cash_events["c2"].is_external_flow
    gross: dict[date, object] = {
        on: (row.inflow, row.outflow) for (_, on), row in books.portfolio.items()
    }
    assert gross == {day("01-02"): (100, 0), day("01-03"): (0, 0), day("01-04"): (5, 7)}
    assert set(unexplained(books)) == {0}


def test_every_type_of_cash_event_is_a_flow_or_pnl() -> None:
    flows = "DEPOSIT WITHDRAWAL TRANSFER_IN TRANSFER_OUT"
    kinds = f"{flows} INTEREST FEE FX_IN FX_OUT CASH_IN_LIEU TAX REBATE"
    events = [cash(kind, "01-02", kind, 2**place) for place, kind in enumerate(kinds.split())]
    books = build_books(Inputs(cash_events=events, prices=[close("01-02", 1)]))
    assert books.portfolio["A", day("01-02")].cash_balance == (
        1 - 2 + 4 - 8 + 16 - 32 + 64 - 128 + 256 - 512 + 1024
    )
    assert books.pnl["A", "CASH:USD", day("01-02")].fees == 32 + 512 - 1024
    assert books.portfolio["A", day("01-02")].net_external_flow == 1 - 2 + 4 - 8
    assert set(unexplained(books)) == {0}


def test_a_crypto_account_is_valued_on_weekends_with_the_stock_not_stale() -> None:
    books = build_books(
        Inputs(
            trades=[trade("1", "01-05", 1, 10), trade("2", "01-06", 1, 5, symbol="BTC")],
            prices=[close("01-05", 11), close("01-07", 6, symbol="BTC")],
            accounts={"A": Account("A", calendar="24x7")},
            instruments={"BTC": Instrument("BTC", calendar="24x7")},
        )
    )
    sunday = books.positions["A", "X", day("01-07")]
    assert sunday.close_price == 11
    assert sunday.stale_days == 0
    assert books.positions["A", "BTC", day("01-06")].close_price is None
    assert books.portfolio["A", day("01-07")].positions_value == 17


def test_the_close_of_a_day_is_the_official_one_else_the_latest_quote() -> None:
    def quote(hour: int, price: int) -> Price:
        moment = datetime(2024, 1, 2, hour)  # noqa: DTZ001 - UTC without a zone
        return Price("X", day("01-02"), moment, Fraction(price))

    assert day_closes([quote(9, 1), quote(20, 2), quote(15, 3)]) == {"X": {day("01-02"): 2}}
    assert day_closes([quote(20, 2), close("01-02", 5)]) == {"X": {day("01-02"): 5}}


def test_a_price_on_a_closed_day_is_not_used() -> None:
    books = build_books(
        Inputs(
            trades=[trade("1", "01-05", 1, 10)],
            prices=[close("01-05", 11), close("01-06", 99), close("01-08", 1, symbol="Y")],
        )
    )
    monday = books.positions["A", "X", day("01-08")]
    assert monday.close_price == 11
    assert monday.stale_days == 1


def test_a_stale_day_has_a_price_and_no_return() -> None:
    books = build_books(
        Inputs(prices=[close("01-02", 10), close("01-04", 11), close("01-05", 11, symbol="Y")])
    )
    rows: dict[date, object] = {
        on: (row.close_price, row.return_pct, row.stale_days)
        for (symbol, on), row in books.prices.items()
        if symbol == "X"
    }
    assert rows == {
        day("01-02"): (10, None, 0),
        day("01-03"): (10, None, 1),
        day("01-04"): (11, pytest.approx(10.0), 0),
        day("01-05"): (11, None, 1),
    }


def test_nothing_gives_nothing() -> None:
    assert not build_books(Inputs()).portfolio
    assert not build_books(Inputs(cash_events=[cash("c", "01-02", "DEPOSIT", 1)])).portfolio
