"""Two databases of one folder: neither reads, replaces or removes what the other published."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.orchestration import published_folder as module
from infra.orchestration.published_folder import claimed_folder, published_folder
from infra.orchestration.publishing import (
    KEPT_VERSIONS,
    NothingPublished,
    PublishedVersions,
    open_published,
    rollback,
)
from producer.common import database as databases
from producer.common.errors import UnusableInput
from tests.infra.handmade import publish

MakeDatabase = Callable[[str, int], Path]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeDatabase:
    """Makes a database that holds one number."""
    monkeypatch.delenv("WAREHOUSE_PUBLISHED", raising=False)

    def made(name: str, number: int) -> Path:
        database = tmp_path / name
        with databases.connection(database) as connection:
            connection.execute(
                "create or replace table main.answer as select ? as number", [number]
            )
        return database

    return made


def answer(database: Path) -> int:
    with open_published(database) as reader:
        row = reader.execute("select number from main.answer").fetchone()
    assert row is not None
    return int(row[0])


def test_each_of_two_databases_reads_and_keeps_its_own_versions(make: MakeDatabase) -> None:
    first, second = make("first.duckdb", 1), make("second.duckdb", 2)
    version = publish(first)
    with pytest.raises(NothingPublished):
        answer(second)
    for _ in range(KEPT_VERSIONS + 2):
        publish(second)
    assert (answer(first), answer(second)) == (1, 2)
    assert PublishedVersions(first).names() == [version]
    assert len(PublishedVersions(second).names()) == KEPT_VERSIONS
    rollback(second)
    assert PublishedVersions(first).current() == version
    folder = first.parent
    assert (folder / "published" / version / "first.duckdb").is_file()
    own = folder / "second.duckdb.published"
    assert (own / (own / "current").read_text().strip() / "second.duckdb").is_file()


def test_a_database_keeps_its_folder_when_the_first_one_has_gone(make: MakeDatabase) -> None:
    first, second = make("first.duckdb", 1), make("second.duckdb", 2)
    publish(first)
    publish(second)
    shutil.rmtree(first.parent / "published")
    assert answer(second) == 2


def test_who_comes_second_to_claim_a_folder_gets_another(
    make: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make("first.duckdb", 1), make("second.duckdb", 2)

    @contextmanager
    def claimed_meanwhile(marker: Path, _: str) -> Iterator[None]:
        if not marker.exists():
            marker.write_text("../first.duckdb\n")
        yield

    monkeypatch.setattr(module, "writing", claimed_meanwhile)
    assert claimed_folder(second).name == "second.duckdb.published"
    assert published_folder(first).name == "published"


def test_a_mark_that_was_never_finished_is_nobodys(make: MakeDatabase) -> None:
    first, second = make("first.duckdb", 1), make("second.duckdb", 2)
    marker = first.parent / "published" / "database"
    marker.parent.mkdir()
    marker.touch()
    assert published_folder(second) == marker.parent
    publish(first)
    assert marker.read_text() == "../first.duckdb\n"
    publish(second)
    assert (answer(first), answer(second)) == (1, 2)


def test_a_mark_is_there_whole_or_not_at_all(
    make: MakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = make("first.duckdb", 1)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        claimed_folder(database)
    assert not (database.parent / "published" / "database").exists()


def test_a_folder_from_before_folders_said_whose_they_are(make: MakeDatabase) -> None:
    first, second = make("first.duckdb", 1), make("second.duckdb", 2)
    publish(first)
    (first.parent / "published" / "database").unlink()
    publish(second)
    assert (answer(first), answer(second)) == (1, 2)


@pytest.mark.parametrize("other", ["own/first.duckdb", "second.duckdb"])
def test_a_folder_that_is_configured_for_two_is_refused(
    make: MakeDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: str
) -> None:
    first, second = make("first.duckdb", 1), make(other, 2)
    monkeypatch.setenv("WAREHOUSE_PUBLISHED", str(tmp_path / "served"))
    publish(first)
    for use in (publish, answer, rollback):
        with pytest.raises(UnusableInput, match=r"another database, .*first\.duckdb: set"):
            use(second)
    assert answer(first) == 1


def test_a_database_is_moved_with_what_it_published(make: MakeDatabase, tmp_path: Path) -> None:
    database = make("here/w.duckdb", 1)
    publish(database)
    moved = Path(shutil.move(tmp_path / "here", tmp_path / "there")) / "w.duckdb"
    publish(moved)
    assert (answer(moved), len(PublishedVersions(moved).names())) == (1, 2)


def test_a_file_where_the_folder_should_be_is_named(make: MakeDatabase) -> None:
    database = make("w.duckdb", 1)
    (database.parent / "published").touch()
    with pytest.raises(UnusableInput, match=r"published: is a file, where the folder"):
        publish(database)
