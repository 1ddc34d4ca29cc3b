"""Shift, scale, permute, truncate: the figures respond as they must (metrics.md, section 4)."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from producer.common import database as databases
from tests.warehouse.building import Warehouse, Workshop, fill_from, ingest, write_files
from tests.warehouse.comparing import difference_in_pct, figure, within
from tests.warehouse.conftest import DEMO, BuildWorld, World, simulated_in_bulk
from tests.warehouse.eventful_world import eventful_loads, renamed, shuffled
from tests.warehouse.laws_world import DAYS, QUIET_DAY, SCALES, TIMES, WITHDRAWAL_DAYS

SCALED = [prefix for prefix in SCALES if prefix]
ACCOUNT_TABLES = {
    "main_facts.fact_positions_daily": "symbol, cumulative_position, market_value, unrealized_pnl",
    "main_facts.fact_portfolio_value_daily": "total_value, cash_balance, net_external_flow",
    "main_facts.fact_pnl_daily": "symbol, realized_pnl, interest, fees, total_pnl",
    "main_metrics.daily_returns": "return_status, daily_return_pct",
    "main_metrics.drawdown": "wealth_index, drawdown_pct",
}
SCENARIOS = "main_facts.fact_scenario_returns_daily"
RATES = "main_facts.fact_fx_rates_daily"
ABOUT_THE_WHOLE_LIFE = {
    "main_metrics.performance_summary",
    "main_facts.fact_position_intervals",
    "main_facts.fact_scenario_shocks",
}
"""Rows of no day: they may know how things went on."""

last_digits = within(1e-9)


def series(warehouse: Warehouse, account_id: str, column: str, table: str) -> list[Any]:
    """A column of one account, day by day."""
    query = f"""
        select {column} from main_metrics.{table}
        where account_id = '{account_id}' order by value_date
    """  # noqa: S608 - our own names
    return [value for (value,) in warehouse.rows(query)]


def risks(warehouse: Warehouse, account_id: str, columns: str) -> list[tuple[Any, ...]]:
    """Columns of value_at_risk of one account."""
    query = f"""
        select {columns} from main_metrics.value_at_risk
        where scope_type = 'account' and scope_id = '{account_id}'
        order by value_date, method, confidence_pct
    """  # noqa: S608 - our own names
    return warehouse.rows(query)


def assert_about_equal(left: list[Any], right: list[Any], rule: Any = figure) -> None:
    """Equal one by one, null where the other is null; and there is something to compare."""
    assert len(left) == len(right)
    assert any(value is not None for value in left)
    for one, other in zip(left, right, strict=True):
        assert (one is None) == (other is None)
        assert one is None or rule(one, other), f"{one} and {other}"


# ------------------------------------------------------------------ flows


def test_the_quiet_day_is_quiet(laws_world: Warehouse) -> None:
    pnl = laws_world.rows("""
        select value_date::varchar, total_pnl from main_facts.fact_pnl_daily
        where account_id = 'BASE'
    """)
    assert [value for day, value in pnl if day == QUIET_DAY] == [0, 0, 0]


def test_a_deposit_on_a_day_without_pnl_leaves_the_index(laws_world: Warehouse) -> None:
    length = DAYS.index(QUIET_DAY) + 1
    base = series(laws_world, "BASE", "wealth_index", "cumulative_returns")
    more = series(laws_world, "DEPOSIT", "wealth_index", "cumulative_returns")
    assert_about_equal(more[:length], base[:length])
    assert more[length:] != base[length:]  # from then on there is more cash in it


@pytest.mark.parametrize("number", range(len(WITHDRAWAL_DAYS)))
def test_a_withdrawal_at_the_end_of_any_day_leaves_the_index(
    laws_world: Warehouse, number: int
) -> None:
    length = DAYS.index(WITHDRAWAL_DAYS[number]) + 1
    base = series(laws_world, "BASE", "wealth_index", "cumulative_returns")
    less = series(laws_world, f"WITHDRAWAL-{number}", "wealth_index", "cumulative_returns")
    assert_about_equal(less[:length], base[:length])


# ------------------------------------------------------------------ scale


@pytest.mark.parametrize("prefix", SCALED)
def test_scaling_all_money_leaves_returns_and_drawdowns(laws_world: Warehouse, prefix: str) -> None:
    for column, table in (
        ("daily_return_pct", "daily_returns"),
        ("wealth_index", "cumulative_returns"),
        ("drawdown_pct", "drawdown"),
        ("annualized_volatility_pct", "rolling_volatility"),
    ):
        base = series(laws_world, "BASE", column, table)
        scaled = series(laws_world, f"{prefix}BASE", column, table)
        assert_about_equal(scaled, base, difference_in_pct)


@pytest.mark.parametrize("prefix", SCALED)
def test_scaling_all_money_leaves_ratios(laws_world: Warehouse, prefix: str) -> None:
    query = """
        select total_return_pct, cagr_pct, annualized_volatility_pct, sharpe_ratio, sortino_ratio,
            calmar_ratio, max_drawdown_pct
        from main_metrics.performance_summary
        where scope_type = 'account' and scope_id = '{}'
    """
    ((*base,),) = laws_world.rows(query.format("BASE"))
    ((*scaled,),) = laws_world.rows(query.format(f"{prefix}BASE"))
    assert None not in base
    assert_about_equal(scaled, base)


@pytest.mark.parametrize("prefix", SCALED)
def test_scaling_all_money_scales_amounts_at_risk_and_leaves_percents(
    laws_world: Warehouse, prefix: str
) -> None:
    base = risks(laws_world, "BASE", "status, var_amount, es_amount, var_pct, es_pct")
    scaled = risks(laws_world, f"{prefix}BASE", "status, var_amount, es_amount, var_pct, es_pct")
    assert [row[0] for row in scaled] == [row[0] for row in base]
    factors = (SCALES[prefix], SCALES[prefix], 1, 1)
    for place, factor in enumerate(factors, start=1):
        should = [None if row[place] is None else factor * row[place] for row in base]
        assert_about_equal([row[place] for row in scaled], should, within(1e-9))


def test_risk_grows_with_the_position(laws_world: Warehouse) -> None:
    base = risks(laws_world, "BASE", "var_amount, es_amount")
    more = risks(laws_world, "TIMES", "var_amount, es_amount")
    for place in (0, 1):
        should = [None if row[place] is None else TIMES * row[place] for row in base]
        assert_about_equal([row[place] for row in more], should, within(1e-9))


def test_expected_shortfall_of_a_group_is_no_more_than_that_of_its_members(world: World) -> None:
    groups = world.warehouse.rows("""
        with members as (
            select 'desk' as scope_type, desk as scope_id, account_id, calendar, base_currency
            from main_dimensions.dim_account
            union all
            select 'firm', 'firm', account_id, calendar, base_currency
            from main_dimensions.dim_account
        )
        select
            any_value(whole.es_amount),
            sum(coalesce(part.es_amount, 0)),
            count(*) filter (where part.es_amount is null and member_value.account_id is not null)
        from main_metrics.value_at_risk as whole
        join main_dimensions.dim_scope as scope using (scope_type, scope_id)
        join members using (scope_type, scope_id)
        left join main_facts.fact_portfolio_value_daily as member_value
            on members.account_id = member_value.account_id
            and whole.value_date = member_value.value_date
        left join main_metrics.value_at_risk as part
            on part.scope_type = 'account' and part.scope_id = members.account_id
            and part.value_date = whole.value_date and part.method = whole.method
            and part.confidence_pct = whole.confidence_pct
        where whole.method = 'historical_simulation' and whole.es_amount is not null
        group by whole.scope_type, whole.scope_id, whole.value_date, whole.confidence_pct
        having bool_and(
            members.calendar = scope.calendar and members.base_currency = scope.currency
        )
    """)
    whole_and_parts = [(whole, parts) for whole, parts, unknown in groups if not unknown]
    # This world has fewer days than an ES needs.
    assert whole_and_parts or world.name == "transfer_world"
    assert all(whole <= parts + 1e-9 * abs(parts) + 1e-9 for whole, parts in whole_and_parts)


# ------------------------------------------------------------------ order, names, cancels


def test_a_cancelled_event_is_as_if_it_had_never_been(laws_world: Warehouse) -> None:
    for table, columns in ACCOUNT_TABLES.items():
        query = f"select value_date, {columns} from {table} where account_id = '{{}}' order by all"  # noqa: S608 - our own names
        base = laws_world.rows(query.format("BASE"))
        assert base
        assert laws_world.rows(query.format("CANCELLED")) == base


def test_a_symbol_known_by_a_cancelled_trade_only_is_none(laws_world: Warehouse) -> None:
    assert laws_world.rows("from main_dimensions.dim_symbol where symbol = 'VOID'") == []


def test_the_order_of_arrival_decides_nothing(
    workshop: Workshop, eventful_world: Warehouse, tmp_path: Path
) -> None:
    files = write_files(shuffled(eventful_loads()), tmp_path)
    other = workshop.built("shuffled", fill_from(files))
    for table in eventful_world.tables():
        assert_same_rows(eventful_world, other, table)


def test_the_names_of_accounts_decide_nothing(
    workshop: Workshop, eventful_world: Warehouse, tmp_path: Path
) -> None:
    loads = eventful_loads()
    old_names = sorted(
        {str(row["account_id"]) for _, rows in loads for row in rows if row.get("account_id")}
    )
    # The last one becomes the first.
    new_names = {old: f"N{99 - place}" for place, old in enumerate(old_names)}
    files = write_files(renamed(loads, new_names), tmp_path)
    other = workshop.built("renamed", fill_from(files))
    old_name = {new: old for old, new in new_names.items()}

    for table in eventful_world.tables():
        # Which known name is the nearest depends on the names.
        columns = "columns(lambda name : name <> 'detail')"
        assert_same_rows(eventful_world, other, table, selected=columns, names=old_name)


def test_the_same_files_again_add_nothing(
    eventful_world: Warehouse, eventful_files: dict[str, list[Path]], tmp_path: Path
) -> None:
    database = Path(shutil.copy(eventful_world.database, tmp_path))

    def counts() -> dict[str, int]:
        with duckdb.connect(str(database), read_only=True) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "select table_name from information_schema.tables"
                    " where table_schema = 'main' and table_name like 'raw_%'"
                    " and table_name <> 'raw_batches'"
                ).fetchall()
            ]
            return {name: len(connection.table(f"main.{name}")) for name in names}

    before = counts()
    assert before["raw_trades"] > 0
    assert before["raw_quarantine"] > 0
    ingest(eventful_files, database)
    assert counts() == before


@pytest.mark.parametrize(
    "name", [pytest.param("demo_world", marks=pytest.mark.long), "eventful_world"]
)
def test_the_same_input_gives_the_same_bytes(
    workshop: Workshop,
    build_world: BuildWorld,
    eventful_files: dict[str, list[Path]],
    name: str,
) -> None:
    fills = {"demo_world": simulated_in_bulk(DEMO), "eventful_world": fill_from(eventful_files)}
    again = workshop.built(f"{name}_again", fills[name])
    first = build_world(name)
    assert again.tables() == first.tables()
    assert [table for table in first.tables() if again.digest(table) != first.digest(table)] == []


def test_no_zero_has_a_sign(world: World) -> None:
    """The storage keeps the sign of a zero or not as the rows lie, so bytes would differ."""
    assert world.warehouse.signed_zeros() == []


# ------------------------------------------------------------------ time


@pytest.mark.parametrize(
    ("name", "last_day"),
    [
        pytest.param("eventful_world", "2020-02-12", id="before-a-replay"),
        pytest.param("eventful_world", "2020-03-09", id="inside-a-replay", marks=pytest.mark.long),
        pytest.param("eventful_world", "2020-04-15", id="after-a-replay", marks=pytest.mark.long),
        pytest.param("demo_world", "2024-11-29", id="a-simulated-world", marks=pytest.mark.long),
        pytest.param("currency_world", "2020-02-28", id="among-actions-and-currencies"),
        pytest.param("real_book", "2008-10-31", id="inside-two-replays-of-a-real-book"),
        pytest.param("real_book", "2020-03-20", id="inside-the-last-one", marks=pytest.mark.long),
    ],
)
def test_a_day_knows_nothing_of_what_came_after_it(
    workshop: Workshop, build_world: BuildWorld, name: str, last_day: str
) -> None:
    full = build_world(name)

    def fill(database: Path) -> None:
        shutil.copy(full.database, database)
        with databases.connection(database) as connection:
            for table, happened in (
                ("raw_trades", "executed_at"),
                ("raw_cash_events", '"timestamp"'),
                ("raw_prices", 'coalesce("date", "timestamp")'),
                ("raw_fx_rates", '"date"'),
                ("raw_corporate_actions", "ex_date"),
            ):
                connection.execute(
                    f"delete from main.{table} where {happened}::date > ?",  # noqa: S608
                    [last_day],
                )
            # What was built is of the whole history: begin anew.
            connection.execute("delete from main.built_batches")

    truncated = workshop.built(f"{name}_until_{last_day}", fill)
    compared = list(_daily_tables(full))
    assert len(compared) >= 15
    for table in compared:
        newest = f"select coalesce(max(value_date)::varchar, '') from {table}"  # noqa: S608 - our own names
        assert truncated.value(newest) <= last_day
        # Symbols that a later change joins are numbered together: an order, no figure.
        columns = "columns(lambda name : name <> 'event_number')"
        where = f"where value_date <= '{last_day}'"
        if table == SCENARIOS:  # It reaches back before a symbol was known.
            known = truncated.rows(f"select distinct symbol from {SCENARIOS}")  # noqa: S608 - our own names
            where += f" and list_contains({[symbol for (symbol,) in known]}, symbol)"
        if table == RATES:  # A pair is there from the first day if it is ever needed.
            known = truncated.rows(f"select distinct base_currency || quote_currency from {RATES}")  # noqa: S608 - our own names
            pairs = [pair for (pair,) in known]
            where += f" and list_contains({pairs}, base_currency || quote_currency)"
        assert_same_rows(full, truncated, table, where, columns)


# ------------------------------------------------------------------ comparing warehouses


def assert_same_rows(
    left: Warehouse,
    right: Warehouse,
    table: str,
    where: str = "",
    selected: str = "*",
    names: Mapping[str, str] | None = None,
) -> None:
    """Rows of a table in two warehouses are equal, doubles but for their last digits.

    DuckDB adds up the doubles of a window in a tree whose shape depends on the rows around it.

    Args:
        left: One warehouse.
        right: The other one.
        table: The table.
        where: Which rows.
        selected: Which columns.
        names: What texts of the right one mean in the left one.
    """
    query = f"select {selected} from {table} {where}"  # noqa: S608 - our own names
    columns = left.columns(f"(select {selected} from {table})")  # noqa: S608 - our own names
    one, other = (_doubles_by_the_rest(each.rows(query), columns) for each in (left, right))
    if names:
        other = {
            tuple(_renamed(value, names) for value in rest): doubles
            for rest, doubles in other.items()
        }
    assert one.keys() == other.keys(), f"{table}: {list(one.keys() ^ other.keys())[:4]}"
    for rest, doubles in one.items():
        assert len(doubles) == len(other[rest])
        for value, should in zip(doubles, other[rest], strict=True):
            assert last_digits(value, should), f"{table} {rest}: {value} and {should}"


def _renamed(value: object, names: Mapping[str, str]) -> object:
    """A value with the names in it as the other warehouse has them, also within a key."""
    if not isinstance(value, str):
        return value
    return "|".join(names.get(part, part) for part in value.split("|"))


def _doubles_by_the_rest(
    rows: list[tuple[Any, ...]], columns: list[str]
) -> dict[tuple[Any, ...], list[float]]:
    """The doubles of each row, lists of them flattened, by all its other values."""
    found = {}
    for row in rows:
        doubles: list[float] = []
        rest: list[Any] = []
        for column, value in zip(columns, row, strict=True):
            if isinstance(value, float) and column != "confidence_pct":
                doubles.append(value)
            elif isinstance(value, list):
                doubles += value
            else:
                rest.append(f"no {column}" if value is None else value)
        found[tuple(rest)] = doubles
    assert len(found) == len(rows)
    return found


def _daily_tables(warehouse: Warehouse) -> Iterator[str]:
    for table in warehouse.tables():
        is_about_days = "value_date" in warehouse.columns(table)
        if is_about_days and table not in ABOUT_THE_WHOLE_LIFE:
            yield table
