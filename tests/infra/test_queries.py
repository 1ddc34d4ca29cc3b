"""Queries: exact values in three formats, and nothing but reading."""

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from infra.orchestration.publishing import NothingPublished
from infra.reading.formats import Format
from infra.reading.queries import NoQuery, QueryFailed, query
from tests.infra.handmade import publish


@pytest.fixture
def ask(database: Path, passed_build: Callable[[int], None]) -> Callable[..., str]:
    passed_build(1)
    publish(database)

    def run(sql: str, form: Format = Format.TABLE) -> str:
        output = io.StringIO()
        query(database, sql, output, form)
        return output.getvalue()

    return run


VALUES = """
    select
        0.00000001::decimal(28, 8) as small, 12345678901234567890.12345678::decimal(28, 8) as large,
        null as nothing, true as yes, date '2024-02-29' as day, 'a, "b"' || chr(10) || 'c' as words
"""


def test_a_table_shows_every_value_whole(ask: Callable[..., str]) -> None:
    lines = ask(VALUES.replace("select", "select repeat('x', 300) as long,")).splitlines()
    assert len(lines) == 3
    assert "x" * 300 in lines[2]
    assert "0.00000001" in lines[2]
    assert "12345678901234567890.12345678" in lines[2]
    assert r'a, "b"\nc' in lines[2]


def test_numbers_stand_at_the_right_and_escapes_are_shown(ask: Callable[..., str]) -> None:
    shown = ask("select * from (values (5, 'é'), (1000, chr(27) || '[31m')) as t (n, word)")
    assert shown.splitlines() == [
        "   n  word",
        "----  --------",
        "   5  é",
        r"1000  \x1b[31m",
    ]


def test_csv_can_be_read_back(ask: Callable[..., str]) -> None:
    names, row = csv.reader(io.StringIO(ask(VALUES, Format.CSV)))
    assert names == ["small", "large", "nothing", "yes", "day", "words"]
    assert row == [
        "0.00000001", "12345678901234567890.12345678", "", "true", "2024-02-29", 'a, "b"\nc',
    ]  # fmt: skip


def test_json_keeps_decimals_exact(ask: Callable[..., str]) -> None:
    (row,) = json.loads(ask(VALUES, Format.JSON), parse_float=Decimal)
    assert row == {
        "small": Decimal("0.00000001"),
        "large": Decimal("12345678901234567890.12345678"),
        "nothing": None,
        "yes": True,
        "day": "2024-02-29",
        "words": 'a, "b"\nc',
    }


def test_json_knows_lists_structs_and_what_is_no_number(ask: Callable[..., str]) -> None:
    sql = "select [1.5, null] as a, {'b': date '2024-01-02'} as s, 'nan'::double as x, 1 as x"
    assert json.loads(ask(sql, Format.JSON)) == [
        {"a": [1.5, None], "s": {"b": "2024-01-02"}, "x": "nan", "x_1": 1}
    ]
    assert json.loads(ask("select 1 where false", Format.JSON)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "create table main.t as select 1",
        "insert into main.answer values (2)",
        "drop table main.answer",
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('{file}')",
        "select * from '{file}'",
        "select * from glob('*')",
        "copy main.answer to '{file}.csv'",
        "copy (select 1) to '{file}.parquet'",
        "export database '{file}.exported'",
        "attach '{file}.duckdb' as other",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "reset enable_external_access",
        "select * from sys",
        "select 1; attach '{file}.duckdb'",
    ],
)
def test_a_query_can_do_nothing_but_read(ask: Callable[..., str], tmp_path: Path, sql: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("a\n1\n")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(QueryFailed) as failed:
        ask(sql.format(file=file))
    assert "\n" not in str(failed.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_wrong_is_said_in_one_line(ask: Callable[..., str]) -> None:
    with pytest.raises(QueryFailed, match="no_such_table") as failed:
        ask("select *\nfrom no_such_table")
    assert len(str(failed.value).splitlines()) == 1
    with pytest.raises(QueryFailed):
        ask("select 1 / cast('x' as integer)")
    with pytest.raises(NoQuery):
        ask("  -- only a comment")


def test_before_the_first_build_it_says_what_to_do(database: Path) -> None:
    with pytest.raises(NothingPublished, match="warehouse build"):
        query(database, "select 1", io.StringIO())
