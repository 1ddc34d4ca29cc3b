"""Makes the warehouse: its folder, its database, its raw tables, its reference seeds."""

from pathlib import Path

import duckdb
import yaml

from infra.orchestration import build_log
from infra.orchestration.paths import DBT_PROJECT
from producer.common import database as databases
from producer.common.file_lock import writing


def initialise(path: Path, *, project: Path = DBT_PROJECT) -> None:
    """Create what is missing, bring an older file up to date in place, load the seeds.

    Doing it again changes nothing. dbt makes the same tables when it finds none; it is not asked,
    because it reads the whole project first, which the first build does anyway.

    Args:
        path: The DuckDB file.
        project: The dbt project, which has the seeds.

    Raises:
        LockNotHad: Another process kept the database.
        UnusableDatabase: The path is no database.
    """
    with writing(path, "warehouse init"), databases.connection(path) as connection:
        databases.create_raw_tables(connection)
        connection.execute(build_log.CREATE)
        load_seeds(connection, project)


def load_seeds(connection: duckdb.DuckDBPyConnection, project: Path) -> None:
    """Load every seed from its file, with the types that its yml states, as `dbt seed` does."""
    folder = project / "seeds"
    stated = yaml.safe_load((folder / "_seeds.yml").read_text("utf-8"))
    connection.execute("create schema if not exists main_seeds")
    for seed in stated["seeds"]:
        name = seed["name"]
        types = seed["config"]["column_types"]
        rows = connection.read_csv(folder / f"{name}.csv", header=True, dtype=types)  # noqa: F841 - read by the statement
        connection.execute(f"create or replace table main_seeds.{name} as from rows")
