"""Reads CSV: UTF-8, comma, double quotes, a header line (interfaces.md, section 3).

Every value comes as text: what it means is for landing to say. A row with too few or too many
fields is handed on whole, beside the others, so that nothing is lost.
"""

import csv
import io

import numpy as np
import pyarrow as pa
import pyarrow.csv

from producer.common.errors import UnusableFile
from producer.common.parsing import BLANKS
from producer.files.incoming import (
    IncomingFile,
    check_required,
    known_columns,
    without_blank_rows,
)
from producer.records.contract import Record

BLOCK_BYTES = 16 << 20
"""How much pyarrow reads at once, and the longest field."""
OTHER_DELIMITERS = {";": "';'", "\t": "a tab", "|": "'|'"}
TOO_MANY_FIELDS = ': a decimal is written 1234.56, and a text that holds a comma "in quotes"'
OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or another archive",
    b"\xd0\xcf\x11\xe0": "an Excel workbook",
    b"\x1f\x8b": "compressed",
}
BOM = b"\xef\xbb\xbf"


def read_csv(source: str, data: bytes, record: type[Record]) -> IncomingFile:
    """Cut a CSV file into rows and columns of text.

    Args:
        source: The file's name, for messages.
        data: Its bytes.
        record: What its rows are.

    Raises:
        UnusableFile: It is empty, in another encoding, has another delimiter or a quote that is
            never closed, or lacks a column.
    """
    _check_text(source, data)
    header = _header(source, data)
    names = [name or f"column_{place}" for place, name in enumerate(header, start=1)]
    found, ignored = known_columns(source, record, names)
    if b'"' in data:
        _check_quotes(source, data)
    rows, invalid = _cut(source, data, names)
    check_required(source, record, rows, found)
    numbers = np.arange(1, rows.num_rows + len(invalid) + 1)
    # pyarrow counts the header as the first row.
    kept = np.setdiff1d(numbers, [row.number - 1 for row in invalid])
    # A file may be an export of a raw table: its source_row is not the row of this file.
    rows = rows.select([name for name in names if name.lower() != "source_row"])
    return IncomingFile(
        rows=without_blank_rows(rows.append_column("source_row", pa.array(kept))),
        ignored_columns=ignored,
        rejected=_rejected(invalid, len(names)),
        rows_are_lines=_line_count(data) == len(numbers) + 1,
    )


def _rejected(invalid: list[pyarrow.csv.InvalidRow], width: int) -> pa.Table:
    invalid = [row for row in invalid if row.text.strip(BLANKS + ',"')]
    reasons = [
        f"the row has {row.actual_columns} fields, the header {width}"
        + (TOO_MANY_FIELDS if row.actual_columns > width else "")
        for row in invalid
    ]
    return pa.table(
        {
            "source_row": pa.array([row.number - 1 for row in invalid], pa.int64()),
            "reason": pa.array(reasons, pa.string()),
            "row_data": pa.array([row.text for row in invalid], pa.string()),
        }
    )


def _check_text(source: str, data: bytes) -> None:
    if not data.removeprefix(BOM).strip():
        raise UnusableFile(f"{source}: the file is empty")
    for start, what in OTHER_FORMATS.items():
        if data.startswith(start):
            raise UnusableFile(
                f"{source}: is {what}, not CSV: save it as CSV (UTF-8, comma delimited), "
                "such as trades.csv"
            )
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = _line_count(data[: error.start] + b"x")
        raise UnusableFile(
            f"{source}: line {line}: not UTF-8 (byte 0x{data[error.start]:02x})"
        ) from error
    if b"\0" in data.lstrip().partition(b"\n")[0]:  # an archive, a spreadsheet, UTF-16
        raise UnusableFile(f"{source}: line 1: not UTF-8 text (it has NUL bytes)")


def _text(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")


def _header(source: str, data: bytes) -> list[str]:
    first_line = next(line for line in _text(data) if line.strip())
    for delimiter, word in OTHER_DELIMITERS.items():
        if "," not in first_line and delimiter in first_line:
            raise UnusableFile(
                f"{source}: line 1: the fields are separated by {word}, not by a comma: "
                "save it with commas, as in symbol,date,close and AAPL,2024-02-13,185.04"
            )
    try:
        header = next(fields for fields in csv.reader(_text(data), strict=True) if fields)
    except csv.Error as error:
        raise UnusableFile(f"{source}: line 1: the header is no CSV ({error})") from error
    return [name.strip() for name in header]


def _check_quotes(source: str, data: bytes) -> None:
    """A quote never closed would swallow the rows after it; pyarrow lets it."""
    row, line = 0, 1
    csv.field_size_limit(BLOCK_BYTES)
    reader = csv.reader(_text(data), strict=True)
    try:
        for fields in reader:
            row += bool(fields)
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnusableFile(
            f"{source}: row {row} (line {line}): "
            f"a double quote is not closed, or is followed by text ({error})"
        ) from error


def _cut(
    source: str, data: bytes, names: list[str]
) -> tuple[pa.Table, list[pyarrow.csv.InvalidRow]]:
    invalid: list[pyarrow.csv.InvalidRow] = []

    def keep(row: pyarrow.csv.InvalidRow) -> str:
        invalid.append(row)
        return "skip"

    try:
        rows = pyarrow.csv.read_csv(
            pa.BufferReader(data),
            # Only a single thread knows the numbers of invalid rows.
            read_options=pyarrow.csv.ReadOptions(
                column_names=names, use_threads=False, block_size=BLOCK_BYTES
            ),
            parse_options=pyarrow.csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=keep
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise UnusableFile(f"{source}: cannot be read as CSV ({error})") from error
    return rows.slice(1), invalid  # the first row is the header


def _line_count(data: bytes) -> int:
    ends = data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")
    return ends + (not data.endswith((b"\n", b"\r")))
