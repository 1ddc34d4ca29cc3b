"""A user's SQL on the published warehouse, and its rows in three formats."""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import duckdb

from infra.orchestration.publishing import open_published
from infra.reading.formats import Format
from infra.reading.text import as_text, table_lines
from producer.common.errors import UnusableInput, WarehouseError

_BATCH_ROWS = 10_000


class QueryFailed(WarehouseError):  # noqa: N818 - says what happened
    """The SQL is wrong, or does more than read."""


class NoQuery(UnusableInput):
    """There is no statement in the SQL."""


def query(database: Path, sql: str, output: TextIO, form: Format = Format.TABLE) -> None:
    """Run SQL on the published version and write its rows.

    Raises:
        NothingPublished: There is no version yet.
        NoQuery: There is no statement in the SQL.
        QueryFailed: The SQL is wrong, or does more than read; the text is one line.
    """
    with open_published(database) as reader:
        try:
            result = reader.execute(sql)
            # A comment alone gives no result at all.
            if result is None or not result.description:
                raise NoQuery("there is no SQL statement to run")
            _WRITERS[form]([column[0] for column in result.description], result, output)
        except duckdb.Error as error:
            raise QueryFailed(one_line(error)) from error


def one_line(error: duckdb.Error) -> str:
    """DuckDB's message without the drawing of where in the SQL it is."""
    message = str(error).split("\nLINE ", 1)[0]
    return " ".join(message.split())


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(_BATCH_ROWS):
        yield from rows


def _write_table(names: Sequence[str], result: duckdb.DuckDBPyConnection, output: TextIO) -> None:
    for line in table_lines(names, list(_rows(result))):
        output.write(line + "\n")


def _write_csv(names: Sequence[str], result: duckdb.DuckDBPyConnection, output: TextIO) -> None:
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(names)
    for row in _rows(result):
        writer.writerow([value if isinstance(value, str) else as_text(value) for value in row])


def _write_json(names: Sequence[str], result: duckdb.DuckDBPyConnection, output: TextIO) -> None:
    """A list of objects, a row a line."""
    keys = [json.dumps(name, ensure_ascii=False) for name in _distinct(names)]
    separator = "["
    for row in _rows(result):
        pairs = (f"{key}: {_json(value)}" for key, value in zip(keys, row, strict=True))
        output.write(f"{separator}\n  {{{', '.join(pairs)}}}")
        separator = ","
    output.write("[]\n" if separator == "[" else "\n]\n")


def _json(value: Any) -> str:
    """JSON with exact decimals; what it has no type for is text."""
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else json.dumps(str(value))
    if isinstance(value, float) and not math.isfinite(value):
        return json.dumps(str(value))
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(key))}: {_json(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    return json.dumps(value, default=str, ensure_ascii=False)


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of which no two are equal: an object would lose the value of one of them."""
    found: list[str] = []
    for name in names:
        candidate, count = name, 1
        while candidate in found:
            candidate, count = f"{name}_{count}", count + 1
        found.append(candidate)
    return found


_WRITERS = {Format.TABLE: _write_table, Format.CSV: _write_csv, Format.JSON: _write_json}
