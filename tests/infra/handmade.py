"""Publishing a database that no dbt project has made."""

from pathlib import Path

from infra.orchestration.publishing import PublishedVersions, refuse_unless_passed
from producer.common import database as databases
from producer.common.clock import system_clock


def publish(database: Path) -> str:
    """What `building.publish_again` does, but for dbt's tests."""
    refuse_unless_passed(database)
    with databases.connection(database) as connection:
        connection.execute("checkpoint")
        return PublishedVersions(database).add(system_clock())
