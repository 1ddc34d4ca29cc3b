"""What the tests of all folders share: dbt, and which go together when two processes run them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.orchestration import dbt_run
from tests.forked_dbt import DbtServer

WAREHOUSE = Path(__file__).with_name("warehouse")
WORLDS = (
    "real_book", "demo_world", "eventful_world", "currency_world", "transfer_world", "laws_world",
)  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that read one world stay in one process, and so do the other tests of one file.

    A fixture that builds a warehouse is then made once, however many processes there are. What
    builds much comes first, so that small files fill both processes to the end. pytest-xdist reads
    the marks in the same hook, and would see none if it came before.
    """
    items.sort(key=lambda item: not item.path.is_relative_to(WAREHOUSE))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_world(item) or item.path.name))


def _world(item: pytest.Item) -> str | None:
    """The world that a test reads, by a parameter or a fixture of its name."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    names = [*parameters, *getattr(item, "fixturenames", ())]
    return next((name for name in names if isinstance(name, str) and name in WORLDS), None)


@pytest.fixture(scope="session", autouse=True)
def dbt_imported_once() -> Iterator[None]:
    """Every run of dbt still has a process of its own, but does not import dbt again."""
    server = DbtServer()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_run, "subprocess", server)
        yield
    server.close()
