"""Five worlds, each built once in a session and each with the oracle's figures."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from producer.common.duckdb_writer import DuckDBWriter
from producer.simulation import WorldConfig, read_world, simulate, write_world
from tests.reference.events import read_duckdb, read_files
from tests.warehouse.building import (
    MODELS_AND_DATA_TESTS,
    Fill,
    Warehouse,
    Workshop,
    fill_from,
    loading_clock,
    write_files,
)
from tests.warehouse.currency_world import currency_loads
from tests.warehouse.eventful_world import eventful_loads
from tests.warehouse.expected import Expected
from tests.warehouse.laws_world import laws_loads
from tests.warehouse.transfer_world import transfer_loads

REAL_BOOK = Path(__file__).parents[1] / "data" / "real_book"
REAL_FILES = {
    "instruments": [REAL_BOOK / "instruments.csv"],
    "prices": [REAL_BOOK / "prices.parquet"],
    "cash_events": [REAL_BOOK / "cash_events.csv"],
    "trades": [REAL_BOOK / "trades.csv"],
}
DEMO = read_world(
    start=date(2024, 1, 2), end=date(2025, 3, 31), accounts=3, symbols=6, trades_per_day=2, seed=11
)
WORLDS = ("real_book", "demo_world", "eventful_world", "currency_world", "transfer_world")

BuildWorld = Callable[[str], Warehouse]


@dataclass(frozen=True)
class World:
    """A built warehouse and what the oracle expects of it."""

    name: str
    warehouse: Warehouse
    expected: Expected = field(repr=False)


def simulated_in_bulk(config: WorldConfig) -> Fill:
    """Fill a database with a simulated world."""
    clock = loading_clock(0)
    return lambda database: write_world(simulate(config, clock), DuckDBWriter(database, clock))


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Where warehouses are built."""
    return Workshop(tmp_path_factory.mktemp("warehouses"))


@pytest.fixture(scope="session")
def world_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[Path]]]:
    """The files of every world that is made of files."""
    written = {
        name: write_files(loads(), tmp_path_factory.mktemp(name))
        for name, loads in (
            ("eventful_world", eventful_loads),
            ("currency_world", currency_loads),
            ("transfer_world", transfer_loads),
        )
    }
    return {"real_book": REAL_FILES, **written}


@pytest.fixture(scope="session")
def eventful_files(world_files: dict[str, dict[str, list[Path]]]) -> dict[str, list[Path]]:
    """The files of the eventful world."""
    return world_files["eventful_world"]


@pytest.fixture(scope="session")
def build_world(workshop: Workshop, world_files: dict[str, dict[str, list[Path]]]) -> BuildWorld:
    """Builds a world by its name, models and data tests, once a session."""
    built: dict[str, Warehouse] = {}

    def build(name: str) -> Warehouse:
        if name not in built:
            files = world_files.get(name)
            fill = fill_from(files) if files else simulated_in_bulk(DEMO)
            built[name] = workshop.build(name, fill, MODELS_AND_DATA_TESTS)
        return built[name]

    return build


@pytest.fixture(scope="session", params=WORLDS)
def world(
    request: pytest.FixtureRequest,
    build_world: BuildWorld,
    world_files: dict[str, dict[str, list[Path]]],
) -> World:
    """Each of the worlds in turn, with the oracle's figures."""
    warehouse = build_world(request.param)
    files = world_files.get(request.param)
    raw = read_files(files) if files else read_duckdb(warehouse.database)
    return World(request.param, warehouse, Expected(raw))


@pytest.fixture(scope="session")
def eventful_world(build_world: BuildWorld) -> Warehouse:
    """The warehouse of the eventful world."""
    return build_world("eventful_world")


@pytest.fixture(scope="session")
def transfer_world(build_world: BuildWorld) -> Warehouse:
    """The warehouse of the transfer world."""
    return build_world("transfer_world")


@pytest.fixture(scope="session")
def laws_world(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Variants of one book side by side."""
    files = write_files(laws_loads(), tmp_path_factory.mktemp("laws"))
    return workshop.built("laws_world", fill_from(files))
