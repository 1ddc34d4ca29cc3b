"""The `warehouse` command: what each call does, says and ends with."""

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
import tomllib
import urllib.request
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
import pytest
import typer
import yaml

from infra import cli
from infra.orchestration import building, docs_site
from infra.orchestration import known_at as known_at_module
from infra.orchestration.building import BuildResult, Problem
from infra.orchestration.dbt_run import Node, Outcome
from infra.orchestration.docs_site import docs_server, generate_docs
from infra.orchestration.paths import DBT_PROJECT, dbt_folder
from infra.reading import status
from producer.common import database as databases
from producer.common.errors import UnusableDatabase
from producer.records import KINDS
from producer.trade_producer import TradeProducer
from tests.infra.conftest import Call, Hold
from tests.infra.handmade import publish

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "init", "simulate", "stream", "ingest", "build", "publish", "status", "query", "report", "docs",
    "quarantine",
}  # fmt: skip
SMALL_WORLD = ("--start", "2025-01-02", "--end", "2025-01-10", "--accounts", 1, "--symbols", 2)

Load = Callable[..., None]
PassedBuild = Callable[[int], None]
TradesFile = Callable[..., Path]


def count(database: Path, table: str) -> int:
    """The number of rows of a table."""
    with databases.connection(database, read_only=True) as connection:
        row = connection.execute(f"select count(*) from {table}").fetchone()  # noqa: S608 - names of our own
    assert row is not None
    return int(row[0])


def in_a_process(*arguments: str) -> list[str]:
    """The command as a program of its own."""
    return [sys.executable, "-m", "infra.cli", *arguments]


# ---------------------------------------------------------------- usage


def test_help_names_every_command(call: Call) -> None:
    called = call("--help")
    assert called.code == 0
    listed = set(re.findall(r"^  ([a-z]+)  ", called.out.split("Commands:")[1], re.MULTILINE))
    assert listed == COMMANDS


def test_the_version_is_that_of_the_project(call: Call) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert call("--version").out == f"warehouse {project['version']}\n"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["nonsense"], "nonsense"),
        (["status", "--nonsense"], "--nonsense"),
        (["init", "surplus"], "surplus"),
        (["ingest"], "KIND"),
        (["ingest", "trades"], "FILE"),
        (["ingest", "tirades", "a.csv"], ", ".join(KINDS)),
        (["query"], "SQL"),
        (["query", "--format", "xml", "select 1"], "'table', 'csv', 'json'"),
        (["docs", "--port", "65536"], "--port"),
        (["stream", "--duration", "-1"], "--duration"),
        (["simulate", "--start", "2025-02-30"], "--start"),
        (["simulate", "--start", "2025-01-02", "--end", "2025-01-01"], "start"),
        (["simulate", "--end", "2039-01-03"], "end"),
        (["simulate", "--accounts", "0"], "--accounts"),
        (["simulate", "--symbols", "0"], "--symbols"),
        (["simulate", "--trades-per-day", "-1"], "--trades-per-day"),
        (["simulate", "--trades-per-day", "nan"], "--trades-per-day"),
        (["simulate", "--seed", "-1"], "--seed"),
        *(
            (["build", "--known-at", text, "--into", "then.duckdb"], "2025-12-30T17:00:00-05:00")
            for text in ("yesterday", "2025-06", "30.12.2025", "2025-02-30", "2025-12-30T25:00", "")
        ),
        (["build", "--known-at", "2025-12-30"], "--into"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2_names_what_is_wrong_and_makes_nothing(
    call: Call, database: Path, arguments: list[str], names: str
) -> None:
    called = call(*arguments)
    assert called.code == 2
    assert called.out == ""
    assert names in called.err.splitlines()[-1]
    assert not database.parent.exists()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-12-30", "2025-12-30T00:00:00"),
        ("20251230", "2025-12-30T00:00:00"),
        ("2025-12-30T22:00", "2025-12-30T22:00:00"),
        ("2025-12-30 22:00:05", "2025-12-30T22:00:05"),
        ("2025-12-30T22:00:05.25Z", "2025-12-30T22:00:05.250000"),
        ("2025-12-30T22:00:05.123456789", "2025-12-30T22:00:05.123456"),
        ("2025-12-30T22:00:05-05:00", "2025-12-31T03:00:05"),
        ("2025-12-30T01:00+0530", "2025-12-29T19:30:00"),
    ],
)
def test_known_at_takes_a_moment_in_any_iso_form_as_utc(
    call: Call, monkeypatch: pytest.MonkeyPatch, text: str, moment: str
) -> None:
    asked: list[datetime] = []

    def rebuild(_database: Path, known_at: datetime, *_: object, **__: object) -> BuildResult:
        asked.append(known_at)
        raise UnusableDatabase("far enough")

    monkeypatch.setattr(known_at_module, "build_known_at", rebuild)
    assert call("build", "--known-at", text, "--into", "then.duckdb").error == "error: far enough"
    assert asked == [datetime.fromisoformat(moment)]
    assert asked[0].tzinfo is None, "timestamps of the warehouse are UTC without saying so"


def test_what_nobody_foresaw_is_1_in_one_line(
    call: Call, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(path: Path) -> None:
        raise RuntimeError(f"two lines\nabout {path}")

    monkeypatch.setattr(status, "status", surprise)
    called = call("status")
    assert called.code == 1
    assert called.error.startswith(f"error: two lines about {database} (RuntimeError")


def test_ctrl_c_is_1_in_one_line(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "status", stopped)
    called = call("status")
    assert (called.code, called.error) == (1, "error: stopped")


# ---------------------------------------------------------------- the database


@pytest.mark.parametrize("thing", ["folder", "text file"])
@pytest.mark.parametrize(
    "arguments",
    [["init"], ["simulate", *SMALL_WORLD], ["ingest", "trades"], ["build"], ["publish"]],
    ids=lambda arguments: arguments[0],
)
def test_a_path_that_is_no_database_is_2(
    call: Call, database: Path, trades_file: TradesFile, thing: str, arguments: list[str]
) -> None:
    if thing == "folder":
        database.mkdir(parents=True)
    else:
        database.parent.mkdir(parents=True)
        database.write_text("no database\n" * 1000)
    files = [trades_file("a.csv", T1=1)] if arguments[0] == "ingest" else []
    called = call(*arguments, *files)
    assert called.code == 2
    assert str(database) in called.error


def test_a_path_inside_a_file_is_2(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "file" / "portfolio.duckdb"))
    arguments = {"ingest": "trades x.csv", "query": "1", "quarantine": "list"}
    for command in sorted(COMMANDS):
        called = call(command, *arguments.get(command, "").split())
        assert called.code == 2, command
        assert called.error == (
            f"error: {tmp_path / 'file' / 'portfolio.duckdb'}: {tmp_path / 'file'} is a file, where"
            " the folder of the database should be"
        )


@pytest.mark.parametrize("name", ["a#b.duckdb", "a?b.duckdb", "a#b/w.duckdb", "a?b/w.duckdb"])
def test_a_path_that_dbt_or_duckdb_would_cut_is_refused_before_anything_is_written(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trades_file: TradesFile, name: str
) -> None:
    monkeypatch.setenv("WAREHOUSE_PATH", str(tmp_path / "below" / name))
    for arguments in (["init"], ["ingest", "trades", trades_file("a.csv", T1=1)], ["build"]):
        called = call(*arguments)
        assert called.code == 2
        assert called.error.startswith(f"error: {tmp_path / 'below' / name}: the path of a")
    assert not (tmp_path / "below").exists()


def test_a_text_file_as_database_is_2_for_status_and_stream(call: Call, database: Path) -> None:
    database.parent.mkdir(parents=True)
    database.write_text("no database")
    called = call("status")
    assert called.code == 2
    assert str(database) in called.error
    streamed = subprocess.run(  # noqa: S603 - our own program
        in_a_process("stream", "--duration", "1"), capture_output=True, text=True, check=False
    )
    assert streamed.returncode == 2
    assert str(database) in streamed.stderr.splitlines()[-1]
    assert "Traceback" not in streamed.stderr


def test_a_database_that_stays_locked_is_1(
    call: Call, database: Path, hold: Hold, passed_build: PassedBuild, trades_file: TradesFile
) -> None:
    passed_build(1)
    publish(database)
    file = trades_file("a.csv", T1=1)
    with hold(database):
        for arguments in (
            ["init"],
            ["simulate", *SMALL_WORLD],
            ["ingest", "trades", file],
            ["build"],
            ["publish"],
        ):
            called = call(*arguments)
            assert called.code == 1, arguments
            assert str(database) in called.error
            assert "in use by another process" in called.error
        assert call("query", "--format", "csv", "select * from main.answer").out == "number\n1\n"
        assert call("status").code == 0
    assert call("ingest", "trades", file).code == 0


def test_a_relative_path_counts_from_the_current_folder(
    call: Call, tmp_path: Path, trades_file: TradesFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE_PATH", "some/where.duckdb")
    assert call("ingest", "trades", trades_file("a.csv", T1=1)).code == 0
    assert count(tmp_path / "some" / "where.duckdb", "main.raw_trades") == 1
    assert call("status").out.startswith(f"database   {tmp_path / 'some' / 'where.duckdb'}\n")


def test_command_producers_and_dbt_agree_on_the_default_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WAREHOUSE_PATH", raising=False)
    default = ROOT / "data" / "warehouse" / "portfolio.duckdb"
    assert cli._database() == default
    assert TradeProducer()._path == default
    profiles = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text())
    path = profiles["portfolio_risk"]["outputs"]["local"]["path"]
    found = re.fullmatch(r"\{\{ env_var\('WAREHOUSE_PATH', '(.+)'\) \}\}", path)
    assert found
    assert (DBT_PROJECT / found[1]).resolve() == default


# ---------------------------------------------------------------- loading


def test_ingest_says_what_became_of_the_rows(
    call: Call, database: Path, trades_file: TradesFile
) -> None:
    file = trades_file("some trades, 'quoted' \"twice\".csv", T1=1, T2=-2, T3=3)
    called = call("ingest", "trades", file)
    assert (called.code, called.err) == (3, "")
    first, reason, where = called.out.splitlines()
    assert first == f"{file}: 2 loaded, 0 repeated, 1 quarantined"
    assert f"{file}: row 2" in reason
    assert "quantity must not be negative" in reason
    assert "warehouse quarantine show" in where

    file = trades_file("good.csv", T1=1, T4=4)
    called = call("ingest", "trades", file)
    assert (called.code, called.err) == (0, "")
    assert called.out == f"{file}: 1 loaded, 1 repeated, 0 quarantined\n"
    assert count(database, "main.raw_trades") == 3


@pytest.mark.parametrize(
    "content", [None, b"", b"a;b\n1;2\n", b"trade_id\n\xff\n", b"PAR1 but no Parquet"]
)
def test_an_unusable_file_is_2_with_its_whole_name_in_one_line(
    call: Call, database: Path, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / f"{'a long name ' * 18}.csv"
    if content is not None:
        file.write_bytes(content)
    called = call("ingest", "trades", file)
    assert called.code == 2
    assert called.error.startswith("error: ")
    assert str(file) in called.error
    assert not database.exists()


def test_of_several_files_the_worst_counts_and_later_ones_load(
    call: Call, database: Path, tmp_path: Path, trades_file: TradesFile
) -> None:
    good = trades_file("good.csv", T1=1)
    mixed = trades_file("mixed.csv", T2=2, T3=-3)
    later = trades_file("later.csv", T4=4)
    missing = tmp_path / "missing.csv"
    assert call("ingest", "trades", good, mixed, later).code == 3
    assert count(database, "main.raw_trades") == 3

    last = trades_file("last.csv", T5=5)
    called = call("ingest", "trades", missing, tmp_path, mixed, last)
    assert called.code == 2
    of_missing, of_folder = called.err.splitlines()
    assert of_missing.startswith(f"error: {missing}: ")
    assert of_folder.startswith(f"error: {tmp_path}: ")
    assert count(database, "main.raw_trades") == 4


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes")
@pytest.mark.usefixtures("database")
def test_what_cannot_be_read_does_not_stop_the_files_beside_it(
    call: Call, tmp_path: Path, trades_file: TradesFile
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1" + b"\xff" * 50 + b"PAR1")
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04 and more")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    odd = [tmp_path / name for name in ("pipe", "broken.parquet", "book.xlsx", "loop", ".")]
    last = trades_file("last.csv", T5=5)

    called = call("ingest", "trades", *odd, last)

    assert called.code == 2
    assert len(called.err.splitlines()) == len(odd)
    assert all(
        line.startswith(f"error: {file}: ")
        for file, line in zip(odd, called.err.splitlines(), strict=True)
    )
    assert called.out == f"{last}: 1 loaded, 0 repeated, 0 quarantined\n"


@pytest.mark.usefixtures("database")
def test_nothing_of_a_file_steers_the_terminal(call: Call, tmp_path: Path) -> None:
    header = "trade_id,account_id,symbol,side,quantity,price,executed_at"
    row = "T\u202e1,A\x1b[2J,S,BUY,1,1,2025-01-02"
    (tmp_path / "a\x1b[31m.csv").write_text(f"{header},\x1b]0;title\x07\n{row},\n")
    (tmp_path / "b\x9b.csv").write_text(f"\x1b[31m{header}\n{row}\n")

    called = call("ingest", "trades", *sorted(tmp_path.glob("*.csv")), tmp_path / "\x1bc.csv")

    assert called.code == 2
    shown = called.out + called.err + call("status").out + call("quarantine", "list").out
    assert all(line.isprintable() for line in shown.splitlines())
    assert r"a\x1b[31m.csv: 0 loaded, 0 repeated, 1 quarantined" in shown
    assert r"columns ignored: \x1b]0;title\x07" in shown
    assert r"it has: \x1b[31mtrade_id" in shown
    assert r"\x1bc.csv: there is no such file" in shown


@pytest.mark.usefixtures("database")
def test_rows_with_rounded_values_are_named(call: Call, trades_file: TradesFile) -> None:
    rows = {f"T{n}": f"{n}.123456785" for n in range(1, 6)}
    called = call("ingest", "trades", trades_file("long.csv", **rows))
    assert (called.code, called.err) == (0, "")
    first, *said = called.out.splitlines()
    assert first.endswith("5 loaded, 0 repeated, 0 quarantined, 5 values rounded")
    assert said == [
        *(f"  row {n} (line {n + 1}), rounded: quantity {n}.123456785 to {n}.12345678"
          for n in (1, 2, 3)),
        "  and 2 more rows with rounded values",
    ]  # fmt: skip


def test_simulating_the_same_world_again_adds_nothing(call: Call, database: Path) -> None:
    first = call("simulate", *SMALL_WORLD)
    assert (first.code, first.err) == (0, "")
    # Six trading days: on 9 January 2025 the exchange mourned.
    assert "prices: 12 loaded, 0 repeated, 0 quarantined" in first.out.splitlines()
    assert first.out.startswith("instruments: ")
    rows = count(database, "main.raw_trades")
    assert rows > 0
    again = call("simulate", *SMALL_WORLD)
    assert again.code == 0, again.err
    assert set(re.findall(r"(\d+) loaded", again.out)) == {"0"}
    assert count(database, "main.raw_trades") == rows


def test_a_world_file_is_used_and_an_option_has_precedence(
    call: Call, database: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("accounts: 2\nsymbols: 4\nstart: 2025-01-02\nend: 2025-01-10\n")
    called = call("simulate", "--world", file, "--accounts", 1)
    assert (called.code, called.err) == (0, "")
    assert count(database, "main.raw_accounts") == 1
    assert count(database, "main.raw_instruments") == 4


def test_a_bad_world_file_is_2_and_makes_nothing(
    call: Call, database: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yml"
    file.write_text("accounts: 2\nsymbol: 4\n")
    called = call("simulate", "--world", file)
    assert called.code == 2
    assert called.error == (
        f"error: {file}, line 2: unknown setting 'symbol', the nearest known one is symbols;"
        " write for example symbols: 10"
    )
    assert not database.parent.exists()


def test_streaming_for_a_second_leaves_rows_of_all_three_kinds(database: Path) -> None:
    streamed = subprocess.run(  # noqa: S603 - our own program
        in_a_process("stream", "--duration", "1"), capture_output=True, text=True, check=False
    )
    assert streamed.returncode == 0
    assert "Traceback" not in streamed.stderr
    assert re.findall(r"^(\w+): [1-9]\d* events$", streamed.stdout, re.MULTILINE) == [
        "price_producer", "trade_producer", "cash_producer",
    ]  # fmt: skip
    for table in ("raw_trades", "raw_prices", "raw_cash_events"):
        assert count(database, f"main.{table}") > 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM")
def test_a_stream_that_is_asked_to_end_ends_well(database: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - our own program
        in_a_process("stream"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as streaming:
        _wait_for_a_price(database)
        streaming.send_signal(signal.SIGTERM)
        out, err = streaming.communicate(timeout=30)
    assert streaming.returncode == 0
    assert "price_producer" in out
    assert "Traceback" not in err


def _wait_for_a_price(database: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if count(database, "main.raw_prices"):
                return
        except (UnusableDatabase, duckdb.CatalogException):
            pass
        time.sleep(0.05)
    pytest.fail("no price came within 30 seconds")


def test_a_producer_that_fails_ends_the_stream(database: Path) -> None:
    program = textwrap.dedent(
        """
        import sys
        from infra.cli import run
        from producer.common.errors import LockNotHad
        from producer.trade_producer import TradeProducer

        def fail(_: TradeProducer) -> int:
            raise LockNotHad("the trade producer waited in vain")

        TradeProducer.tick = fail
        sys.exit(run(["stream"]))
        """
    )
    streamed = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30
    )
    assert streamed.returncode == 1
    assert streamed.stderr.splitlines()[-1] == "error: the trade producer waited in vain"
    assert "Traceback" not in streamed.stderr
    assert database.exists()


# ---------------------------------------------------------------- building and publishing


def test_a_build_is_published_read_and_taken_back_on_a_path_with_quotes(
    call: Call, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / 'o\'neill "and" sons' / "port folio.duckdb"
    monkeypatch.setenv("WAREHOUSE_PATH", str(database))
    monkeypatch.delenv("WAREHOUSE_PUBLISHED", raising=False)
    monkeypatch.setattr(building, "build", partial(building.build, project=project))
    monkeypatch.setattr(building, "publish_again", partial(building.publish_again, project=project))
    with databases.connection(database) as connection:
        connection.execute("create table main.numbers as select 21 as number")

    built = call("build")
    assert built.code == 0, built.err
    *shown, counts, published = built.out.splitlines()
    assert [line.split(" ", 1)[1] for line in sorted(shown, key=lambda line: line[4:])] == [
        "model doubled: success",
        "seed codes: success",
    ]
    assert counts == "models and seeds built: 2; tests passed: 2, warned: 0, failed: 0"
    version = published.removeprefix("published version ")
    assert (database.parent / "published" / version / "port folio.duckdb").is_file()

    again = call("publish")
    assert again.code == 0
    assert version not in again.out
    assert call("publish", "--rollback").out == f"back at version {version}\n"
    assert f"published  {version}\n" in call("status").out
    asked = call("query", "--format", "json", "select twice from main.doubled")
    assert (asked.code, asked.out) == (0, '[\n  {"twice": 42}\n]\n')


def test_a_build_that_fails_is_1_and_shows_the_rows(
    call: Call, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = Node("test", "law", "fail", "Got 1 result", 1, "select 7 as number")
    failed = BuildResult(
        Outcome(is_success=False, error=None), (Problem(node, ({"number": 7},)),), ()
    )
    asked: list[object] = []

    def build(path: Path, **options: object) -> BuildResult:
        asked.extend((path, options["select"], options["full_refresh"]))
        return failed

    monkeypatch.setattr(building, "build", build)
    called = call("build", "--select", "law", "--full-refresh")
    assert called.code == 1
    assert asked == [database, "law", True]
    assert called.err.splitlines() == ["test law failed on 1 row", "    number=7"]
    assert called.out.splitlines()[-1] == "nothing was published"


@pytest.mark.parametrize(
    "arguments",
    [["query", "select 1"], ["report"], ["publish"], ["publish", "--rollback"]],
    ids=" ".join,
)
def test_before_the_first_build_it_is_1_with_the_advice(
    call: Call, database: Path, arguments: list[str]
) -> None:
    called = call(*arguments)
    assert (called.code, called.out) == (1, "")
    assert "run `warehouse build` first" in called.error
    assert not database.parent.exists()


# ---------------------------------------------------------------- reading


def test_sql_that_is_wrong_is_1_and_none_is_2(
    call: Call, database: Path, passed_build: PassedBuild
) -> None:
    passed_build(1)
    publish(database)
    wrong = call("query", "select *\nfrom no_such_table")
    assert wrong.code == 1
    assert "no_such_table" in wrong.error
    assert call("query", "drop table main.answer").code == 1
    assert call("query", "-- nothing").code == 2
    shown = call("query", "select number, 'é' as word from main.answer")
    assert shown.out.splitlines() == ["number  word", "------  ----", "     1  é"]


@pytest.mark.parametrize("rows", [1, 1_000_000])
def test_a_reader_that_goes_away_is_no_error_to_tell_of(
    database: Path, passed_build: PassedBuild, rows: int
) -> None:
    passed_build(1)
    publish(database)
    reading, writing = os.pipe()
    with subprocess.Popen(  # noqa: S603 - our own program
        in_a_process("query", "--format", "csv", f"from range({rows})"),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    ) as asking:
        os.close(writing)
        os.close(reading)
        _, err = asking.communicate(timeout=30)
    assert (asking.returncode, err) == (1, "")


def test_what_the_terminal_cannot_show_is_shown_by_its_code(
    database: Path, passed_build: PassedBuild
) -> None:
    passed_build(1)
    publish(database)
    asked = subprocess.run(  # noqa: S603 - our own program
        in_a_process("query", "select 'é' as word"),
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert asked.returncode == 0
    assert rb"\xe9" in asked.stdout


# ---------------------------------------------------------------- docs


def test_the_docs_are_one_page_served_under_every_path(database: Path, project: Path) -> None:
    page = generate_docs(database, project=project)
    content = page.read_bytes()
    assert b"doubled" in content
    with docs_server(page, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for path in ("", "/etc/passwd", "/../secret"):
            url = f"http://127.0.0.1:{server.server_address[1]}/{path}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                assert answer.read() == content
        server.shutdown()


def test_docs_says_where_the_page_is_and_serves_it_until_stopped(
    call: Call, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = dbt_folder(database) / "target" / "static_index.html"
    page.parent.mkdir(parents=True)
    page.write_text("docs")

    def stop_at_once(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(docs_site, "run_dbt_once", lambda *_, **__: None)
    monkeypatch.setattr("http.server.HTTPServer.serve_forever", stop_at_once)
    assert call("docs").out == f"the docs are in {page}\n"
    served = call("docs", "--serve", "--port", 0)
    assert served.code == 0
    assert re.search(r"serving them on http://127\.0\.0\.1:\d+/ until stopped", served.out)


def test_a_port_that_is_taken_is_1(
    call: Call, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = dbt_folder(database) / "target" / "static_index.html"
    page.parent.mkdir(parents=True)
    page.write_text("docs")
    monkeypatch.setattr(docs_site, "run_dbt_once", lambda *_, **__: None)
    with docs_server(page, port=0) as server:
        called = call("docs", "--serve", "--port", server.server_address[1])
    assert called.code == 1
    assert "in use" in called.error


def test_every_command_is_tested_here() -> None:
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    assert set(commands) == COMMANDS
