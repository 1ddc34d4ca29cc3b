"""The functions that say from raw rows what was known when, and why it is otherwise now."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from infra.orchestration.dbt_run import run_dbt_once
from tests.warehouse.building import Fill, Load, Warehouse, Workshop, fill_from, write_files
from tests.warehouse.raw_rows import Raw, account, cancel, cash, close, instrument, moment, trade

ONLY_WHAT_IS_COMPARED = (
    "run", "--select", "+fact_positions_daily", "+fact_portfolio_value_daily",
)  # fmt: skip

BEFORE_ANYTHING = "2024-01-01 12:00"
AS_IT_HAPPENED = "2024-01-08 12:00"
HALF_KNOWN = "2024-01-09 12:30"
IN_THE_END = "2024-01-12 00:00"
MOMENTS = (AS_IT_HAPPENED, HALF_KNOWN, IN_THE_END)
DAYS = tuple(f"2024-01-{day:02}" for day in range(1, 13))


def action(symbol: str, ex_date: str, kind: str, known: str, **terms: object) -> Raw:
    """A corporate action."""
    return {"symbol": symbol, "ex_date": ex_date, "type": kind, "ingested_at": known} | terms


def rate(day: str, pair: str, value: float, known: str | None = None) -> Raw:
    """An exchange rate; the pair is `EUR/USD`."""
    base, quote = pair.split("/")
    return {
        "date": day,
        "base_currency": base,
        "quote_currency": quote,
        "rate": value,
        "ingested_at": known or f"{day} 21:00",
    }


# DOLLAR reports in USD and EURO in EUR; LATE is said to report in EUR when its cash is long there;
# FUTURE's only instrument turns out to be worth five times as much; CLOCK is valued on weekends,
# and SAT split on one; yen and Swiss francs have no rate. PAID gets euros, and capital of PRV,
# which has no price, at a rate that was corrected; capital in francs is not booked.
LOADS: Sequence[Load] = [
    (
        "accounts",
        [
            account("EURO", "desk") | {"base_currency": "EUR"},
            account("LATE", "desk", known="2024-01-10 11:00") | {"base_currency": "EUR"},
            account("CLOCK", "desk", calendar="24x7"),
        ],
    ),
    (
        "instruments",
        [
            instrument("BBB", currency="EUR"),
            instrument("CHI", currency="EUR"),
            instrument("FUT", known="2024-01-10 11:30", multiplier=5),
        ],
    ),
    (
        "cash_events",
        [
            cash("D1", "DOLLAR", "DEPOSIT", 10_000, "2024-01-02"),
            cash("D2", "EURO", "DEPOSIT", 8_000, "2024-01-02"),
            cash("D2", "EURO", "DEPOSIT", 9_000, "2024-01-02", version=2, known="2024-01-10 12:00"),
            cash("D3", "DOLLAR", "DEPOSIT", 500, "2024-01-04", known="2024-01-09 15:00"),
            cash("D4", "LATE", "DEPOSIT", 120, "2024-01-02") | {"currency": "USD"},
            cash("D5", "YEN", "DEPOSIT", 100, "2024-01-02") | {"currency": "JPY"},
            cash("D6", "YEN", "DEPOSIT", 10, "2024-01-03", known="2024-01-09 11:00"),
            cash("D7", "CLOCK", "DEPOSIT", 70, "2024-01-06"),
            cash("D8", "SWISS", "DEPOSIT", 100, "2024-01-02"),
            cash("D9", "SWISS", "DEPOSIT", 5, "2024-01-04") | {"currency": "CHF"},
            cash("L1", "PAID", "CASH_IN_LIEU", 11, "2024-01-05", known="2024-01-09 12:30")
            | {"symbol": "PAY"},
            cash("D10", "SWISS", "WITHDRAWAL", 5, "2024-01-04") | {"currency": "CHF"},
        ],
    ),
    (
        "trades",
        [
            trade("T1", "DOLLAR", 10, "AAA", 100, "2024-01-02"),
            trade("T2", "DOLLAR", 4, "BBB", 50, "2024-01-02"),
            trade("T2", "DOLLAR", 6, "BBB", 50, "2024-01-02", version=2, known="2024-01-09 13:00"),
            trade("T3", "EURO", 20, "AAA", 100, "2024-01-02"),
            trade("T4", "DOLLAR", 5, "AAA", 102, "2024-01-03", fees=1, known="2024-01-09 12:00"),
            trade("T5", "EURO", 3, "BBB", 52, "2024-01-03"),
            cancel("T5", 2, "2024-01-09 14:00"),
            trade("T6", "FUTURE", 1, "FUT", 10, "2024-01-03"),
            trade("T7", "CLOCK", -0.33333333, "AAA", 99, "2024-01-03"),
            trade("T9", "PAID", 10, "PAY", 20, "2024-01-02"),
            trade("T10", "PAID", 10, "PRV", 20, "2024-01-02"),
            trade("T8", "CLOCK", 10, "SAT", 20, "2024-01-03"),
        ],
    ),
    (
        "corporate_actions",
        [
            action("AAA", "2024-01-04", "DIVIDEND", "2024-01-09 16:00", amount=0.5),
            action("AAA", "2024-01-05", "SPLIT", "2024-01-10 09:00", ratio="2:1"),
            action(
                "BBB", "2024-01-05", "SPINOFF", "2024-01-10 10:00",
                ratio="1:2", new_symbol="CHI", cost_fraction=0.2,
            ),
            action("AAA", "2024-01-08", "SYMBOL_CHANGE", "2024-01-08 08:00", new_symbol="AAX"),
            action("PAY", "2024-01-03", "DIVIDEND", "2024-01-03", amount=1, currency="EUR"),
            action("PAY", "2024-01-03", "DIVIDEND", "2024-01-09 11:00", amount=2,
                   action_id="special"),
            action("PAY", "2024-01-04", "SPLIT", "2024-01-04", ratio="1:4"),
            action("PRV", "2024-01-04", "RETURN_OF_CAPITAL", "2024-01-04", amount=2,
                   currency="EUR"),
            action("PRV", "2024-01-04", "RETURN_OF_CAPITAL", "2024-01-04", amount=3,
                   currency="CHF", action_id="francs"),
            action("SAT", "2024-01-06", "SPLIT", "2024-01-05", ratio="2:1"),
            action("AAX", "2024-01-10", "SPLIT", "2024-01-10 08:00", ratio="1:3"),
        ],
    ),
    (
        "prices",
        [
            *[close("AAA", day, price) for day, price in zip(DAYS[1:5], (100, 104, 104, 52),
                                                             strict=True)],
            *[close("BBB", day, price) for day, price in zip(DAYS[1:5], (50, 52, 55, 60),
                                                             strict=True)],
            *[close("PAY", day, price) for day, price in zip(DAYS[1:5], (20, 20, 80, 80),
                                                             strict=True)],
            close("BBB", "2024-01-04", 56, "2024-01-10 13:00"),
            close("CHI", "2024-01-05", 5),
            close("FUT", "2024-01-04", 12),
            close("SAT", "2024-01-05", 20),
            close("AAX", "2024-01-08", 53),
            close("BBB", "2024-01-11", 61),
        ],
    ),
    (
        "fx_rates",
        [
            rate("2024-01-02", "EUR/USD", 1.1),
            rate("2024-01-04", "EUR/USD", 1.2),
            rate("2024-01-04", "EUR/USD", 1.25, "2024-01-10 14:00"),
        ],
    ),
]  # fmt: skip


def known_by(known_at: str) -> list[Load]:
    """What had been received by a moment."""

    def is_known(row: Raw) -> bool:
        at = str(row["ingested_at"])
        return moment(at if " " in at else f"{at} 00:00") <= known_at

    known_loads = [(kind, [row for row in rows if is_known(dict(row))]) for kind, rows in LOADS]
    return [(kind, rows) for kind, rows in known_loads if rows]


@pytest.fixture(scope="module")
def builds(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Warehouse]:
    """A warehouse built of only what was known, for each moment."""

    def fill(known_at: str) -> Fill:
        return fill_from(write_files(known_by(known_at), tmp_path_factory.mktemp("known")))

    built = {}
    for number, known_at in enumerate(MOMENTS):
        built[known_at] = workshop.build(f"known_{number}", fill(known_at), ONLY_WHAT_IS_COMPARED)
        assert built[known_at].outcome.is_success, built[known_at].outcome
    return built


@pytest.fixture(scope="module")
def everything(builds: dict[str, Warehouse]) -> Warehouse:
    """The warehouse that received everything; only its raw rows are asked."""
    return builds[IN_THE_END]


# ---------------------------------------------------------------- as rebuilt
COMPARED_DAYS = ("2024-01-04", "2024-01-06", "2024-01-10")
POSITIONS = """
    account_id, symbol, value_date, currency, value_status, cumulative_position,
    avg_cost_per_share, close_price, stale_days, fx_rate, fx_stale_days, market_value
"""
VALUES = "account_id, value_date, value_status, total_value, cash_balance, positions_value"


@pytest.mark.parametrize("known_at", MOMENTS)
@pytest.mark.parametrize(
    ("columns", "function", "rebuilt"),
    [
        (POSITIONS, "positions_as_of", "fact_positions_daily where cumulative_position <> 0"),
        (VALUES, "portfolio_value_as_of", "fact_portfolio_value_daily where true"),
    ],
    ids=["positions", "portfolio_value"],
)
def test_functions_tell_what_a_rebuild_as_known_holds(
    builds: dict[str, Warehouse], known_at: str, columns: str, function: str, rebuilt: str
) -> None:
    for day in COMPARED_DAYS:
        of_the_day = f"value_date = date '{day}' order by all"
        built = builds[IN_THE_END].rows(
            f"select {columns} from {function}('{day}', '{known_at}') where {of_the_day}"  # noqa: S608 - our own names
        )
        rows = builds[known_at].rows(
            f"select {columns} from main_facts.{rebuilt} and {of_the_day}"  # noqa: S608 - our own names
        )
        assert [list(map(_approximately, row)) for row in rows] == [list(row) for row in built]


def _approximately(value: Any) -> Any:
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value


def test_there_is_something_to_compare(builds: dict[str, Warehouse]) -> None:
    for built in builds.values():
        held = built.value(
            "select count(*) from main_facts.fact_positions_daily where cumulative_position <> 0"
        )
        assert held > 20


@pytest.mark.parametrize(
    ("day", "known_at", "expected"),
    [
        # 5 of AAA at 102 came late; AAA is AAX since the day before.
        ("2024-01-08", HALF_KNOWN, [("AAX", 15, 1510 / 15, 53, 0), ("BBB", 4, 50, 60, 1)]),
        # Two for one; a fifth of the cost of the corrected 6 BBB went with 3 CHI.
        (
            "2024-01-08",
            IN_THE_END,
            [("AAX", 30, 1510 / 30, 53, 0), ("BBB", 6, 40, 60, 1), ("CHI", 3, 20, 5, 1)],
        ),
        # One for three, and the close of the 8th carried: 53 becomes 159.
        (
            "2024-01-10",
            IN_THE_END,
            [("AAX", 10, 151, 159, 2), ("BBB", 6, 40, 60, 3), ("CHI", 3, 20, 5, 3)],
        ),
    ],
)
def test_positions_by_hand(
    everything: Warehouse, day: str, known_at: str, expected: list[tuple[Any, ...]]
) -> None:
    rows = everything.rows(
        f"""
        select symbol, cumulative_position, avg_cost_per_share, close_price, stale_days
        from positions_as_of('{day}', '{known_at}') where account_id = 'DOLLAR' order by symbol
        """  # noqa: S608 - our own names
    )
    assert [(row[0], *map(float, row[1:])) for row in rows] == [
        (symbol, *map(pytest.approx, figures)) for symbol, *figures in expected
    ]


def test_a_split_on_a_closed_day_changes_no_value(everything: Warehouse) -> None:
    query = "select symbol, cumulative_position, close_price, market_value from positions_as_of"
    (saturday,) = [
        row for row in everything.rows(f"{query}('2024-01-06', '{IN_THE_END}')") if row[0] == "SAT"
    ]
    assert saturday == ("SAT", 20, 10, 200)


def test_a_day_without_trading_is_that_of_the_last_one_before(everything: Warehouse) -> None:
    query = "select account_id, value_date::varchar from portfolio_value_as_of"
    days = dict(everything.rows(f"{query}('2024-01-06', '{IN_THE_END}')"))
    assert days["DOLLAR"] == "2024-01-05"
    assert days["CLOCK"] == "2024-01-06"


@pytest.mark.parametrize("day", ["1999-01-04", "2024-01-01", "2024-01-12", "2099-01-01"])
def test_no_value_before_the_first_event_or_after_the_last_price(
    everything: Warehouse, day: str
) -> None:
    for function in ("positions_as_of", "portfolio_value_as_of"):
        assert everything.rows(f"from {function}('{day}', '{IN_THE_END}')") == []


# ---------------------------------------------------------------- as explained
def explained(
    warehouse: Warehouse, day: str, known_from: str, known_to: str = IN_THE_END
) -> list[dict[str, Any]]:
    """All that restatement_explain has to say, account by account and in its order."""
    names = (
        "account_id", "event_kind", "event_key", "amount", "value_status", "was", "becomes",
    )  # fmt: skip
    rows = warehouse.rows(
        f"""
        select {", ".join(names)}
        from restatement_explain('{day}', '{known_from}', '{known_to}')
        order by account_id, change_number
        """  # noqa: S608 - our own names
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def values(warehouse: Warehouse, day: str, known_at: str) -> dict[str, float | None]:
    """What each account was known to be worth."""
    return dict(
        warehouse.rows(
            f"select account_id, total_value from portfolio_value_as_of('{day}', '{known_at}')"  # noqa: S608 - our own names
        )
    )


# Every amount is worked out from the events received since: quantity x price x rate.
CHANGES: dict[tuple[str, str], list[tuple[str, str, float]]] = {
    ("2024-01-04", "DOLLAR"): [
        ("cash_event", "D3", 500),
        ("trade", "T4", 5 * 104 - (5 * 102 + 1)),
        ("trade", "T2", (2 * 55 - 2 * 50) * 1.2),
        ("corporate_action", "AAA|2024-01-04|DIVIDEND", 15 * 0.5),
        ("price", "BBB", 6 * (56 - 55) * 1.2),
        ("fx_rate", "EUR/USD", (6 * 56 - 6 * 50) * (1.25 - 1.2)),
    ],
    ("2024-01-04", "EURO"): [
        ("cash_event", "D2", 1_000),
        ("trade", "T5", -(3 * 55 - 3 * 52)),
        ("corporate_action", "AAA|2024-01-04|DIVIDEND", 20 * 0.5 / 1.2),
        ("fx_rate", "EUR/USD", (20 * 104 - 2_000 + 10) * (1 / 1.25 - 1 / 1.2)),
    ],
    ("2024-01-04", "LATE"): [
        ("account", "LATE", 120 / 1.2 - 120),
        ("fx_rate", "EUR/USD", 120 * (1 / 1.25 - 1 / 1.2)),
    ],
    ("2024-01-04", "FUTURE"): [("instrument", "FUT", (12 - 10) * 5 - (12 - 10))],
    ("2024-01-04", "CLOCK"): [("corporate_action", "AAA|2024-01-04|DIVIDEND", -0.33333333 * 0.5)],
    ("2024-01-05", "PAID"): [
        ("cash_event", "L1", 11),
        ("corporate_action", "PAY|2024-01-03|DIVIDEND|special", 10 * 2),
        ("corporate_action", "CASH_IN_LIEU|L1", -0.5 * 80),
        # Held at its cost, which the rate of the ex-date lowers.
        ("corporate_action", "PRV|2024-01-04|RETURN_OF_CAPITAL", -10 * 2 * (1.25 - 1.2)),
        ("fx_rate", "EUR/USD", (10 * 1 + 10 * 2) * (1.25 - 1.2)),
    ],
    ("2024-01-05", "DOLLAR"): [
        ("cash_event", "D3", 500),
        ("trade", "T4", 5 * 52 - (5 * 102 + 1)),
        ("trade", "T2", (2 * 60 - 2 * 50) * 1.2),
        ("corporate_action", "AAA|2024-01-04|DIVIDEND", 15 * 0.5),
        ("corporate_action", "AAA|2024-01-05|SPLIT", 15 * 52),
        ("corporate_action", "BBB|2024-01-05|SPINOFF", 3 * 5 * 1.2),
        ("fx_rate", "EUR/USD", (6 * 60 + 3 * 5 - 6 * 50) * (1.25 - 1.2)),
    ],
}


@pytest.mark.parametrize("day", sorted({day for day, _ in CHANGES}))
def test_events_and_amounts_by_hand(everything: Warehouse, day: str) -> None:
    rows = explained(everything, day, AS_IT_HAPPENED)
    accounts = {account_id for on_day, account_id in CHANGES if on_day == day}
    for account_id in accounts:
        reported = [row for row in rows if row["account_id"] == account_id]
        assert [(row["event_kind"], row["event_key"]) for row in reported] == [
            (kind, key) for kind, key, _ in CHANGES[day, account_id]
        ]
        assert [row["amount"] for row in reported] == pytest.approx(
            [amount for *_, amount in CHANGES[day, account_id]], abs=1e-9
        )


def test_what_changed_is_said_in_words(everything: Warehouse) -> None:
    rows = explained(everything, "2024-01-04", AS_IT_HAPPENED)
    words = {
        row["event_key"]: (row["was"], row["becomes"])
        for row in rows
        if row["account_id"] in ("DOLLAR", "LATE", "FUTURE")
    }
    assert words == {
        "D3": (None, "DEPOSIT 500 on 2024-01-04 12:00:00"),
        "T4": (None, "BUY 5 AAA at 102 fees 1 on 2024-01-03 12:00:00"),
        "T2": ("BUY 4 BBB at 50 on 2024-01-02 12:00:00", "BUY 6 BBB at 50 on 2024-01-02 12:00:00"),
        "AAA|2024-01-04|DIVIDEND": (None, "DIVIDEND 0.5"),
        "BBB": ("55", "56"),
        "EUR/USD": ("1.2", "1.25"),
        "LATE": ("USD NYSE", "EUR NYSE"),
        "FUT": ("USD NYSE multiplier 1.0", "USD NYSE multiplier 5.0"),
    }


@pytest.mark.parametrize(
    ("day", "known_from", "known_to"),
    [
        ("2024-01-05", AS_IT_HAPPENED, HALF_KNOWN),
        ("2024-01-05", HALF_KNOWN, IN_THE_END),
        ("2024-01-06", BEFORE_ANYTHING, IN_THE_END),
        ("2024-01-08", IN_THE_END, HALF_KNOWN),
    ],
)
def test_amounts_add_up_to_the_change_in_value(
    everything: Warehouse, day: str, known_from: str, known_to: str
) -> None:
    rows = explained(everything, day, known_from, known_to)
    before, after = values(everything, day, known_from), values(everything, day, known_to)
    for account_id in ("DOLLAR", "EURO", "LATE", "FUTURE", "CLOCK", "PAID"):
        amounts = [row["amount"] for row in rows if row["account_id"] == account_id]
        change = (after.get(account_id) or 0) - (before.get(account_id) or 0)
        assert sum(amounts) == pytest.approx(change, abs=1e-6)


def test_what_cannot_be_valued_says_so(everything: Warehouse) -> None:
    """Yen have no rate; and on the 8th nobody had a price of the 11th."""
    of_yen = [
        (row["event_key"], row["amount"], row["value_status"])
        for row in explained(everything, "2024-01-04", AS_IT_HAPPENED)
        if row["account_id"] == "YEN"
    ]
    assert of_yen == [("D6", None, "missing_fx")]
    unpriced = explained(everything, "2024-01-11", AS_IT_HAPPENED)
    assert {(row["amount"], row["value_status"]) for row in unpriced} == {(None, "no_price")}


@pytest.mark.parametrize("known_at", [AS_IT_HAPPENED, IN_THE_END])
def test_nothing_changes_between_a_moment_and_itself(everything: Warehouse, known_at: str) -> None:
    assert explained(everything, "2024-01-08", known_at, known_at) == []


# ---------------------------------------------------------------- as called
def test_any_client_can_call_them_from_a_copy(everything: Warehouse, tmp_path: Path) -> None:
    copied = tmp_path / "another_name.duckdb"
    shutil.copy(everything.database, copied)
    with duckdb.connect(str(copied), read_only=True) as connection:
        of_types, of_text, of_names = (
            connection.execute(f"from portfolio_value_as_of({arguments}) order by all").fetchall()
            for arguments in (
                "date '2024-01-08', timestamp '2024-01-12'",
                "'2024-01-08', '2024-01-12'",
                "known_at := '2024-01-12', value_date := '2024-01-08'",
            )
        )
    assert of_types
    assert of_types == of_text == of_names


def test_part_of_a_build_needs_no_functions(workshop: Workshop) -> None:
    """They read the calendar: where it was never built they come with the first build that does."""
    part = workshop.build("part", lambda _: None, ("run", "--select", "stg_trades"))
    assert part.outcome.is_success, part.outcome
    assert part.rows("from duckdb_functions() where function_name = 'positions_as_of'") == []


def test_functions_are_made_again_only_of_other_code(everything: Warehouse, tmp_path: Path) -> None:
    database = tmp_path / "portfolio.duckdb"
    shutil.copy(everything.database, database)

    def is_made_again(made_of: str | None) -> bool:
        with duckdb.connect(str(database)) as connection:
            connection.execute(
                "create or replace macro main.positions_as_of(value_date, known_at) as table"
                " select 'left alone' as account_id"
            )
            if made_of:
                connection.execute(
                    f"comment on macro table main.restatement_explain is '{made_of}'"
                )
        run_dbt_once(["run", "--select", "stg_minor_units"], database=database)
        with duckdb.connect(str(database), read_only=True) as connection:
            found = connection.execute(
                "select account_id from positions_as_of(date '2024-01-08', now()::timestamp)"
            )
            return ("left alone",) not in found.fetchall()

    assert not is_made_again(None)
    assert is_made_again("made of other code")
