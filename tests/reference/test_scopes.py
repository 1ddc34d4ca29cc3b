"""Values and flows of desks and the firm."""

from tests.reference.books import build_books
from tests.reference.events import Account, Inputs
from tests.reference.performance import daily_returns
from tests.reference.scopes import Valuation, build_scopes
from tests.reference.small_world import cash, close, day, money

# A moves 40 to B on the 3rd (one desk), and 10 to C on the 4th (another desk), which B never sees.
INPUTS = Inputs(
    cash_events=[
        cash("1", "01-02", "DEPOSIT", 100),
        cash("2", "01-03", "TRANSFER_OUT", 40, transfer_id="t1"),
        cash("3", "01-03", "TRANSFER_IN", 40, transfer_id="t1", account_id="B"),
        cash("4", "01-04", "TRANSFER_OUT", 10, transfer_id="t2"),
        cash("5", "01-04", "TRANSFER_IN", 10, transfer_id="t2", account_id="C"),
        cash("6", "01-05", "INTEREST", 11),
    ],
    prices=[close("01-05", 1)],
    accounts={"A": Account("A", desk="rates"), "B": Account("B", desk="rates")},
)


def test_a_transfer_is_a_flow_of_an_account_and_of_no_scope_that_holds_both_legs() -> None:
    scopes = build_scopes(build_books(INPUTS))
    assert set(scopes) == {
        ("account", "A"),
        ("account", "B"),
        ("account", "C"),
        ("desk", "rates"),
        ("desk", "unassigned"),
        ("firm", "firm"),
    }

    def rows(kind: str, name: str) -> list[tuple[object, ...]]:
        values = scopes[kind, name].values
        return [(values[on].total_value, values[on].inflow, values[on].outflow) for on in values]

    assert rows("account", "A") == [(100, 100, 0), (60, 0, 40), (50, 0, 10), (61, 0, 0)]
    assert rows("account", "B") == [(40, 40, 0), (40, 0, 0), (40, 0, 0)]
    assert rows("desk", "rates") == [(100, 100, 0), (100, 0, 0), (90, 0, 10), (101, 0, 0)]
    assert rows("desk", "unassigned") == [(10, 10, 0), (10, 0, 0)]
    assert rows("firm", "firm") == [(100, 100, 0), (100, 0, 0), (100, 0, 0), (111, 0, 0)]


def test_a_return_of_the_firm_is_of_its_sums_and_not_a_mean_of_returns() -> None:
    scopes = build_scopes(build_books(INPUTS))
    returns = {key: daily_returns(scope.values)[day("01-05")] for key, scope in scopes.items()}
    assert returns["account", "A"].daily_return == 11 / 50
    assert returns["account", "B"].daily_return == 0
    assert returns["firm", "firm"].daily_return == 11 / 100


def test_legs_on_different_days_are_in_transit_and_so_are_flows() -> None:
    events = [
        cash("1", "01-02", "DEPOSIT", 100),
        cash("2", "01-03", "TRANSFER_OUT", 40, transfer_id="t"),
        cash("3", "01-04", "TRANSFER_IN", 40, transfer_id="t", account_id="B"),
    ]
    books = build_books(Inputs(cash_events=events, prices=[close("01-04", 1)]))
    values = build_scopes(books)["firm", "firm"].values
    assert values[day("01-03")] == Valuation(money(60), inflow=money(0), outflow=money(40))
    assert values[day("01-04")] == Valuation(money(100), inflow=money(40), outflow=money(0))
    assert {row.daily_return for row in daily_returns(values).values()} == {0.0}


def test_accounts_that_share_no_calendar_are_valued_on_exchange_days() -> None:
    books = build_books(
        Inputs(
            cash_events=[
                cash("1", "01-05", "DEPOSIT", 100),
                cash("2", "01-06", "DEPOSIT", 10, account_id="B"),
            ],
            prices=[close("01-08", 1)],
            accounts={"B": Account("B", calendar="24x7")},
        )
    )
    firm = build_scopes(books)["firm", "firm"]
    assert firm.values == {
        day("01-05"): Valuation(money(100), money(100), money(0)),
        day("01-08"): Valuation(money(110), money(10), money(0)),
    }
    assert (firm.calendar, firm.days_per_year) == ("NYSE", 252)
    alone = build_scopes(books)["account", "B"]
    assert (alone.calendar, alone.days_per_year, len(alone.values)) == ("24x7", 365, 3)


def test_an_account_on_holiday_keeps_its_value() -> None:
    books = build_books(
        Inputs(
            cash_events=[
                cash("1", "01-25", "DEPOSIT", 100),
                cash("2", "01-25", "DEPOSIT", 10, account_id="B"),
                cash("3", "01-26", "DEPOSIT", 1, account_id="B"),  # Australia Day, a Friday
            ],
            prices=[close("01-29", 1)],
            accounts={"B": Account("B", calendar="XASX")},
        )
    )
    firm = build_scopes(books)["firm", "firm"]
    assert {on: (row.total_value, row.inflow) for on, row in firm.values.items()} == {
        day("01-25"): (money(110), money(110)),
        day("01-26"): (money(110), money(0)),
        day("01-29"): (money(111), money(1)),
    }
