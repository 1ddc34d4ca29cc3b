"""What is measured is dbt as users start it."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def dbt_imported_once() -> None:
    """Not here: importing it is part of a build."""
