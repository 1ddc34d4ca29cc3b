"""What the tests of all folders share: which of them go together when two processes run them."""

import pytest

WORLDS = frozenset({"world", "build_world", "eventful_world", "laws_world"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file stay in one process, and so do all that read the built worlds.

    A fixture that builds a warehouse is then made once, however many processes there are.
    """
    for item in items:
        reads_worlds = WORLDS & set(getattr(item, "fixturenames", ()))
        group = "worlds" if reads_worlds else item.path.name
        item.add_marker(pytest.mark.xdist_group(group))
