"""Publishing: whole versions, one pointer, and readers that never see less."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from infra.orchestration import build_log, publishing
from infra.orchestration.publishing import (
    KEPT_VERSIONS,
    NoEarlierVersion,
    NothingPublished,
    NotPublishable,
    PublishedVersions,
    PublishingFailed,
    open_published,
    refuse_unless_passed,
    rollback,
)
from producer.common import database as databases
from producer.common.duckdb_writer import DuckDBWriter
from producer.common.file_lock import lock_file
from tests.infra.handmade import publish

PassedBuild = Callable[[int], None]

ANSWER = "select number from main.answer"


def _answer(database: Path) -> int:
    with open_published(database) as reader:
        row = reader.execute(ANSWER).fetchone()
    assert row is not None
    return int(row[0])


def test_the_pointer_names_a_folder_with_a_file_of_the_same_name(
    database: Path, passed_build: PassedBuild
) -> None:
    passed_build(1)
    version = publish(database)
    folder = database.parent / "published"
    assert (folder / "current").read_text() == f"{version}\n"
    assert (folder / version / database.name).is_file()


@pytest.mark.parametrize("has_links", [True, False])
def test_another_tool_finds_the_version_in_force_under_one_path(
    database: Path,
    passed_build: PassedBuild,
    versions: PublishedVersions,
    monkeypatch: pytest.MonkeyPatch,
    *,
    has_links: bool,
) -> None:
    if not has_links:
        monkeypatch.setattr(Path, "symlink_to", _refused)
    path = database.parent / "published" / "current.duckdb"
    for number in (1, 2):
        passed_build(number)
        with databases.connection(database) as connection:
            connection.execute("create or replace macro answers() as table from main.answer")
        publish(database)
        assert _seen_by_another_tool(path) == number
        assert path.is_symlink() is has_links
    rollback(database)
    assert _seen_by_another_tool(path) == 1
    assert path.samefile(versions.current_file()) is has_links
    assert not list(versions.folder.glob(".*"))


def _refused(*_: object) -> None:
    raise OSError("no links here")


def _seen_by_another_tool(path: Path) -> int:
    """As the README says it: attached under a name, then used; a function kept in it works too."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as risk (read_only)")
        connection.execute("use risk")
        row = connection.execute("select * from answers()").fetchone()
        assert row is not None
        assert connection.execute("select number from main.answer").fetchone() == row
        return int(row[0])


def test_the_folder_of_versions_can_lie_elsewhere(
    database: Path, passed_build: PassedBuild, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_PUBLISHED", str(tmp_path / "served"))
    passed_build(1)
    publish(database)
    assert _answer(database) == 1
    assert (tmp_path / "served" / "current").is_file()


def test_rollback_goes_back_and_publishing_goes_on(
    database: Path, passed_build: PassedBuild
) -> None:
    for number in (1, 2, 3):
        passed_build(number)
        publish(database)
    rollback(database)
    assert _answer(database) == 2

    passed_build(4)
    publish(database)
    assert _answer(database) == 4
    # 3 was found bad: the way back from 4 does not lead through it.
    rollback(database)
    assert _answer(database) == 2
    rollback(database)
    assert _answer(database) == 1
    with pytest.raises(NoEarlierVersion):
        rollback(database)
    assert _answer(database) == 1


def test_rollback_is_alone_with_the_database(
    database: Path, passed_build: PassedBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed_build(1)
    publish(database)
    publish(database)
    holders: list[str] = []

    def seen(*_: object) -> None:
        holders.append(lock_file(database).read_text())

    monkeypatch.setattr(PublishedVersions, "put_in_force", seen)
    rollback(database)
    assert [holder.split(maxsplit=2)[2] for holder in holders] == ["warehouse publish --rollback\n"]


def test_a_rollback_that_found_the_link_held_is_done_by_the_same_command_again(
    database: Path, passed_build: PassedBuild, versions: PublishedVersions
) -> None:
    passed_build(1)
    first, second, third = (publish(database) for _ in range(3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", _held)
        with pytest.raises(PublishingFailed, match="run the same command again"):
            rollback(database)
    assert versions.current() == third
    assert rollback(database) == second
    assert rollback(database) == first


def _held(*_: object) -> None:
    raise PermissionError


def test_the_last_five_versions_stay(
    database: Path, passed_build: PassedBuild, versions: PublishedVersions
) -> None:
    passed_build(1)
    published = [publish(database) for _ in range(KEPT_VERSIONS + 2)]
    assert versions.names() == published[2:]
    assert versions.current() == published[-1]


def test_the_version_to_go_back_to_stays_however_old_it_is(
    database: Path, passed_build: PassedBuild, versions: PublishedVersions
) -> None:
    passed_build(1)
    oldest, *_ = [publish(database) for _ in range(KEPT_VERSIONS)]
    for _ in range(KEPT_VERSIONS - 1):
        rollback(database)
    assert versions.current() == oldest
    publish(database)
    assert rollback(database) == oldest


def test_rows_loaded_since_the_build_are_not_published(
    database: Path, passed_build: PassedBuild
) -> None:
    passed_build(1)
    with DuckDBWriter(database) as writer:
        writer.write_price({"symbol": "AAA", "date": "2026-01-02", "close": 1})
    with pytest.raises(NotPublishable, match="loaded since the last build"):
        refuse_unless_passed(database)


def test_nothing_is_published_that_was_not_built_or_did_not_finish(database: Path) -> None:
    with pytest.raises(NotPublishable, match="there is no database"):
        refuse_unless_passed(database)
    with pytest.raises(NothingPublished, match="warehouse build"):
        rollback(database)
    with databases.connection(database) as connection:
        databases.create_raw_tables(connection)
    with pytest.raises(NotPublishable, match="never built"):
        refuse_unless_passed(database)
    with databases.connection(database) as connection:
        connection.execute(build_log.CREATE)
        connection.execute(build_log.START, ["killed", "2026-01-01", None])
    with pytest.raises(NotPublishable, match="did not finish"):
        refuse_unless_passed(database)


def test_a_reader_that_stays_open_sees_each_new_version_whole(
    database: Path, passed_build: PassedBuild
) -> None:
    """The reader is another process, and outlives the versions it has open."""
    passed_build(0)
    publish(database)
    program = textwrap.dedent(
        f"""
        import sys
        from pathlib import Path
        from infra.orchestration.publishing import open_published
        with open_published(Path({str(database)!r})) as reader:
            for line in sys.stdin:
                print(reader.execute("{ANSWER}").fetchone()[0], flush=True)
        """
    )
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin
        assert reader.stdout
        for number in range(KEPT_VERSIONS + 3):
            reader.stdin.write("ask\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == f"{number}\n"
            passed_build(number + 1)
            publish(database)
        reader.stdin.close()
        assert reader.wait(timeout=30) == 0


def test_a_reader_keeps_a_version_that_is_removed_under_it(
    database: Path, passed_build: PassedBuild, versions: PublishedVersions
) -> None:
    passed_build(1)
    publish(database)
    with duckdb.connect(versions.current_file(), read_only=True) as connection:
        for _ in range(KEPT_VERSIONS):
            publish(database)
        assert connection.execute(ANSWER).fetchall() == [(1,)]


@pytest.mark.parametrize("last_step", ["_copy", "write_atomically", "put_in_force"])
def test_a_publisher_that_is_killed_leaves_the_version_in_force(
    database: Path, passed_build: PassedBuild, versions: PublishedVersions, last_step: str
) -> None:
    passed_build(1)
    before = publish(database)
    passed_build(2)
    owner = "PublishedVersions" if last_step == "put_in_force" else "publishing"
    program = textwrap.dedent(
        f"""
        import os
        from pathlib import Path
        from datetime import datetime
        from infra.orchestration import publishing
        from infra.orchestration.publishing import PublishedVersions

        def die(*arguments):
            for path in arguments:
                if isinstance(path, Path) and path.parent.is_dir():
                    path.write_bytes(b"half a file")
            os._exit(9)

        {owner}.{last_step} = die
        PublishedVersions(Path({str(database)!r})).add(datetime.fromisoformat("2026-06-01"))
        """
    )
    # The first path that dies is the source of the copy: it must not be written to.
    program = program.replace("for path in arguments:", "for path in arguments[1:]:")
    command = [sys.executable, "-c", program]
    killed = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own program
    assert killed.returncode == 9

    assert versions.current() == before
    assert _answer(database) == 1
    publish(database)
    assert _answer(database) == 2
    assert not list(versions.folder.glob(".*")), "the next publisher clears up"


def test_a_copy_that_fails_leaves_the_version_in_force(
    database: Path,
    passed_build: PassedBuild,
    versions: PublishedVersions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passed_build(1)
    before = publish(database)
    monkeypatch.setattr(publishing, "_COPY_FILE", Path("no_such_script.py"))
    with pytest.raises(PublishingFailed, match="could not be copied"):
        publish(database)
    assert versions.current() == before


def test_publishing_keeps_the_databases_lock(
    database: Path, passed_build: PassedBuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy made by the process that holds the file would silently drop its lock."""
    passed_build(1)
    real_copy = publishing._copy
    found: list[str] = []

    def copy_and_look(source: Path, target: Path) -> None:
        real_copy(source, target)
        program = f"import duckdb; duckdb.connect({str(database)!r})"
        stranger = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )
        found.append(stranger.stderr)

    monkeypatch.setattr(publishing, "_copy", copy_and_look)
    publish(database)
    assert "lock" in found[0]
