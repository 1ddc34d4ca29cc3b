"""Building in steps = building at once, row for row (metrics.md, law 19)."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.building import Load
from tests.warehouse.random_histories import Shape, random_history
from tests.warehouse.raw_rows import cash, close, instrument, trade, trading_days
from tests.warehouse.restated_world import (
    CASES,
    DAYS,
    QUIET,
    VALUES,
    Restatement,
    deliveries,
)
from tests.warehouse.restating import (
    Bench,
    TableComparison,
    assert_no_differing_rows,
    compare_databases,
    deliver,
    project_without_tests,
    write_deliveries,
)

# A new word about an instrument or an account makes a build start anew, and so would hide whether
# all the rest is built rightly from what changed.
SMALL = Shape(accounts=8, days=25, are_descriptions_late=False)
PACKED = Shape(accounts=200, days=60, are_descriptions_late=False)
SHARED = Shape(accounts=10, days=45, symbols=6, are_symbols_shared=True)

BREAK_A_TEST = "break_a_test"
BREAK_A_MODEL = "break_a_model"
"""Tables whose presence makes a build fail: a test of fact_trades, or the model daily_returns."""

TOUCH = f"update main_facts.fact_trades set fees = 77 where account_id = '{QUIET}'"  # noqa: S608 - our own names
TOUCHED = f"select min(fees)::integer from main_facts.fact_trades where account_id = '{QUIET}'"  # noqa: S608 - our own names


@dataclass(frozen=True)
class Site:
    """Where warehouses of one project are built."""

    folder: Path
    bench: Bench
    project: Path
    """Without its tests, so that a build takes seconds."""

    def at_once(self, name: str, loads: Sequence[Sequence[Load]]) -> Path:
        """A database of all deliveries, built once."""
        database = self.folder / f"{name}.duckdb"
        for files in write_deliveries(loads, self.folder / name):
            deliver(database, files)
        self.bench.built(database, self.project, "build", "--full-refresh")
        return database

    def in_steps(self, name: str, loads: Sequence[Sequence[Load]]) -> Path:
        """A database built after each delivery."""
        database = self.folder / f"{name}.duckdb"
        for files in write_deliveries(loads, self.folder / name):
            deliver(database, files)
            self.bench.built(database, self.project)
        return database

    def copy(self, database: Path, name: str) -> Path:
        """The database as it is now."""
        return Path(shutil.copy(database, self.folder / f"{name}.duckdb"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A project without tests, but for two ways to make it fail."""
    folder = tmp_path_factory.mktemp("restating")
    present = "(select bool_or(table_name = '{}') from duckdb_tables())"
    project = project_without_tests(
        folder,
        tests={
            "assert_nothing_is_broken": "from {{ ref('fact_trades') }} where "
            + present.format(BREAK_A_TEST)
        },
        before_model={
            "daily_returns": f"select case when {present.format(BREAK_A_MODEL)}"
            " then error('broken on purpose') end"
        },
    )
    return Site(folder, Bench(folder / "bench"), project)


@contextmanager
def broken(database: Path, switch: str) -> Iterator[None]:
    """Makes builds fail for a while."""
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"create table main.{switch} as select 1 as is_broken")
    yield
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"drop table main.{switch}")


# ------------------------------------------------------------------ random histories


def assert_steps_equal_once(site: Site, name: str, loads: Sequence[Sequence[Load]]) -> None:
    """Deliver and build in steps and at once, and compare all tables."""
    in_steps = site.in_steps(f"{name}_in_steps", loads)
    at_once = site.at_once(f"{name}_at_once", loads)
    assert_no_differing_rows(compare_databases(in_steps, at_once))
    for database in (in_steps, at_once):
        database.unlink()


def test_a_small_random_history(site: Site) -> None:
    assert_steps_equal_once(site, "small", random_history(11, SMALL).deliveries(2))


@pytest.mark.long
def test_two_hundred_histories_packed_into_one_warehouse(site: Site) -> None:
    assert_steps_equal_once(site, "packed", random_history(1, PACKED).deliveries())


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_a_history_with_shared_symbols_alone(site: Site, seed: int) -> None:
    shape = replace(SHARED, are_descriptions_late=seed % 5 == 4)
    assert_steps_equal_once(site, f"shared_{seed}", random_history(seed, shape).deliveries())


# ------------------------------------------------------------------ a book from its first day on

BARE_DAYS = trading_days("2024-01-02", "2024-03-15")
LARGEST_LOSS = "select max(var_amount) from main_metrics.value_at_risk where scope_id = 'HOLDER'"


def bare_deliveries() -> list[list[Load]]:
    """A book before any price; the prices; a split of a share that it does not hold.

    NEW has no close on its first days: the other share of its sector stands in for it there.
    """
    return [
        [
            (
                "instruments",
                [instrument(symbol, sector="Energy") for symbol in ("NEW", "OLD")],
            ),
            ("cash_events", [cash("c", "HOLDER", "DEPOSIT", 1000, BARE_DAYS[0])]),
            ("trades", [trade("t", "HOLDER", 10, "NEW", 20, BARE_DAYS[2])]),
        ],
        [
            (
                "prices",
                [
                    *(close("OLD", day, 50 + place % 4) for place, day in enumerate(BARE_DAYS)),
                    *(close("NEW", day, 20) for day in BARE_DAYS[-30:]),
                ],
            )
        ],
        [
            (
                "corporate_actions",
                [
                    {
                        "symbol": "OLD",
                        "ex_date": BARE_DAYS[10],
                        "type": "SPLIT",
                        "ratio": "1:2",
                        "ingested_at": f"{BARE_DAYS[-1]} 22:00",
                    }
                ],
            )
        ],
    ]


@pytest.mark.long
def test_a_book_without_prices_then_with_them_then_with_a_peers_split(site: Site) -> None:
    loads = bare_deliveries()
    database = site.folder / "bare.duckdb"
    losses = []
    for count, files in enumerate(write_deliveries(loads, site.folder / "bare"), start=1):
        deliver(database, files)
        site.bench.built(database, site.project)
        at_once = site.at_once(f"bare_{count}", loads[:count])
        assert_no_differing_rows(compare_databases(database, at_once))
        losses.append(value(database, LARGEST_LOSS))
    before, priced, split = losses
    assert before is None
    assert split > priced > 0  # type: ignore[operator]


@pytest.mark.long
def test_other_code_and_settings_build_all_anew(site: Site, tmp_path: Path) -> None:
    project = project_without_tests(tmp_path)
    database = site.folder / "code.duckdb"
    for files in write_deliveries(bare_deliveries()[:1], site.folder / "code"):
        deliver(database, files)

    def is_built_anew() -> bool:
        with duckdb.connect(str(database)) as connection:
            connection.execute("update main_facts.fact_trades set fees = 77")
        site.bench.built(database, project)
        return value(database, "select fees::integer from main_facts.fact_trades") != 77

    site.bench.built(database, project)
    assert not is_built_anew()
    for file, remark in (
        ("dbt_project.yml", "# a setting"),
        ("macros/finance/in_currency.sql", "{# a macro #}"),
        ("kernels/position_ledger.py", "# a kernel"),
        ("models/dimensions/dim_date.sql", "-- a model"),
        ("seeds/risk_free_rates.csv", ""),
    ):
        with (project / file).open("a", encoding="utf-8") as lines:
            lines.write(f"{remark}\n")
        assert is_built_anew(), file


# ------------------------------------------------------------------ hand-made cases


@dataclass(frozen=True)
class Restated:
    """The world of restated_world.py after each of its deliveries."""

    received: Sequence[Path]
    """The database after each delivery."""
    comparisons: Sequence[Sequence[TableComparison]]
    """After each delivery but the first: against a warehouse built at once."""


@pytest.fixture(scope="module")
def restated(site: Site) -> Restated:
    """The deliveries, built in steps. Builds that fail, and partial ones, come in between."""
    world = deliveries()
    first, second, third, fourth = write_deliveries(world, site.folder / "restated")
    database = site.folder / "restated.duckdb"
    received = []

    deliver(database, first)
    site.bench.built(database, site.project)
    received.append(site.copy(database, "received_1"))

    deliver(database, second)
    with broken(database, BREAK_A_TEST):
        assert not site.bench.build(database, site.project).is_success
    site.bench.built(database, site.project)
    received.append(site.copy(database, "received_2"))

    deliver(database, third)
    site.bench.built(database, site.project, "build", "--select", "fact_trades")
    site.bench.built(database, site.project, "run", "--select", "fact_positions_daily+1")
    with broken(database, BREAK_A_MODEL):
        assert not site.bench.build(database, site.project).is_success
    site.bench.built(database, site.project)
    received.append(site.copy(database, "received_3"))

    deliver(database, fourth)
    site.bench.built(database, site.project)
    received.append(database)

    return Restated(
        received,
        [
            compare_databases(received[count - 1], site.at_once(f"at_once_{count}", world[:count]))
            for count in (2, 3, 4)
        ],
    )


def value(database: Path, query: str) -> object:
    """The only value of a query; null where there is no row."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    return rows[0][0] if rows else None


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_received_later_shows(restated: Restated, case: Restatement) -> None:
    query = case.query.replace("{name}", case.name)
    first, second, _, fourth = restated.received
    assert value(first, query) == case.was
    assert value(fourth if case.is_description else second, query) == case.becomes


@pytest.mark.long
def test_restated_in_steps_equals_restated_at_once(restated: Restated) -> None:
    assert_no_differing_rows(restated.comparisons[0])


@pytest.mark.long
def test_a_new_last_day_and_an_old_trade_reach_every_account(restated: Restated) -> None:
    query = f"select max(value_date)::varchar from {VALUES} where account_id = '{{}}'"  # noqa: S608 - our own names
    for case in CASES:
        assert value(restated.received[2], query.format(case.name)) == DAYS[-1]
    assert_no_differing_rows(restated.comparisons[1])


@pytest.mark.long
def test_what_is_new_of_instruments_and_accounts_reaches_their_past(restated: Restated) -> None:
    assert_no_differing_rows(restated.comparisons[2])


@pytest.mark.long
def test_nothing_new_changes_nothing(site: Site, restated: Restated) -> None:
    again = site.copy(restated.received[-1], "again")
    deliver(again, itertools.chain(*write_deliveries(deliveries(), site.folder / "the_same")))
    site.bench.built(again, site.project)
    comparisons = compare_databases(again, restated.received[-1])
    assert_no_differing_rows(comparisons)
    assert all(each.is_identical for each in comparisons)


@pytest.mark.long
def test_what_did_not_change_is_left_alone(site: Site, restated: Restated) -> None:
    touched = site.copy(restated.received[0], "touched")
    with duckdb.connect(str(touched)) as connection:
        connection.execute(TOUCH)
    _, second, *_ = write_deliveries(deliveries(), site.folder / "once_more")
    deliver(touched, second)
    site.bench.built(touched, site.project)
    assert value(touched, TOUCHED) == 77
