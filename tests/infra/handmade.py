"""Publishing a database that no dbt project has made."""

from pathlib import Path

from infra.orchestration.publishing import PublishedVersions
from producer.common import database as databases
from producer.common.clock import system_clock


def publish(database: Path) -> str:
    """What `building.publish_again` does at its end; nothing is asked or tested before."""
    with databases.connection(database) as connection:
        connection.execute("checkpoint")
        return PublishedVersions(database).add(system_clock())
