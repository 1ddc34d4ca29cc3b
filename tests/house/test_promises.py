"""What the models declare is what users were promised (test_tour.py looks into the database)."""

import pytest

from tests.house.project import models
from tests.house.promises import TABLES


@pytest.mark.parametrize("table", TABLES)
def test_promised_columns_are_declared_with_their_types(table: str) -> None:
    schema, name = table.split(".")
    found = [model for model in models() if model.name == name]
    assert len(found) == 1, f"there is no model {name}"
    assert f"main_{found[0].layer}" == schema
    declared = {
        column["name"]: column["data_type"].replace(" ", "").lower() for column in found[0].columns
    }
    assert TABLES[table] == {column: declared.get(column) for column in TABLES[table]}
