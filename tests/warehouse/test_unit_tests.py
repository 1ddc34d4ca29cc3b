"""The unit tests of the dbt project: they need its code, not a user's rows, and run here alone."""

import re
from pathlib import Path

from producer.common import database as databases
from tests.house.project import tracked
from tests.warehouse.building import Workshop


def test_every_unit_test_of_the_project_passes(workshop: Workshop) -> None:
    def fill(database: Path) -> None:
        with databases.connection(database) as connection:
            databases.create_raw_tables(connection)

    built = workshop.build("unit_tests", fill, ("build", "--exclude-resource-type", "test"))
    run = {node.name: node for node in built.outcome.nodes if node.kind == "unit_test"}
    assert {name: node.message for name, node in run.items() if node.has_failed} == {}
    assert sorted(run) == sorted(declared_unit_tests())


def declared_unit_tests() -> list[str]:
    """Their names, as the yml files give them."""
    return [
        name
        for path in tracked("dbt/models", ".yml")
        for part in path.read_text("utf-8").split("\nunit_tests:")[1:]
        for name in re.findall(r"^  - name: (\w+)$", part, flags=re.MULTILINE)
    ]
