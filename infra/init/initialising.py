"""Makes the warehouse: its folder, its database, its raw tables, its reference seeds."""

from pathlib import Path

from infra.orchestration import build_log
from infra.orchestration.dbt_run import Watcher, run_dbt_once
from infra.orchestration.paths import DBT_PROJECT
from producer.common import database as databases
from producer.common.file_lock import writing


def initialise(path: Path, *, project: Path = DBT_PROJECT, watcher: Watcher | None = None) -> None:
    """Create what is missing, bring an older file up to date in place, load the seeds.

    Doing it again changes nothing. The staging views are made too: whoever loads data can look at
    it at once.

    Args:
        path: The DuckDB file.
        project: The dbt project; its first hook loads the seeds.
        watcher: Told of each view as it is made.

    Raises:
        LockNotHad: Another process kept the database.
        UnusableDatabase: The path is no database.
        DbtFailed: A seed could not be loaded, or a view not be made.
    """
    with writing(path, "warehouse init"):
        with databases.connection(path) as connection:
            databases.create_raw_tables(connection)
            connection.execute(build_log.CREATE)
        # What dbt knows of the project is written by the build that reads it.
        arguments = ["run", "--select", "staging", "--no-write-json"]
        run_dbt_once(arguments, database=path, project=project, watcher=watcher)
