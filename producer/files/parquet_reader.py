"""Reads Parquet: the columns of the contract, in whatever types; landing validates them."""

from datetime import UTC, datetime
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from producer.common.errors import UnusableFile
from producer.common.text import shown
from producer.files.incoming import (
    IncomingFile,
    check_required,
    known_columns,
    without_blank_rows,
)
from producer.records.contract import Record

MAGIC = b"PAR1"

# Beyond these days DuckDB's types of dates and moments end, each elsewhere, and it would raise.
FIRST_SECOND = int(datetime(1700, 1, 1, tzinfo=UTC).timestamp())
LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def read_parquet(source: str, data: bytes, record: type[Record]) -> IncomingFile:
    """Read the rows of a Parquet file.

    Args:
        source: The file's name, for messages.
        data: Its bytes.
        record: What its rows are.

    Raises:
        UnusableFile: It is cut off or damaged, lacks a column or has one that is no plain value.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        found, ignored = known_columns(source, record, file.schema_arrow.names)
        rows = file.read(columns=list(found.values()))
        rows.validate(full=True)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise UnusableFile(f"{source}: truncated or damaged Parquet file ({reason})") from error
    check_required(source, record, rows, found)
    plain = pa.table(
        {name: _plain(source, name, rows[name]) for name in rows.column_names}
        | {"source_row": np.arange(1, rows.num_rows + 1)}
    )
    return IncomingFile(rows=without_blank_rows(plain), ignored_columns=ignored)


def _plain(source: str, name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column in a type that DuckDB knows; bytes are read as UTF-8."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _plain(source, name, pc.cast(values, kind.value_type))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _far_moments_as_text(values)
    try:
        if pa.types.is_float16(kind):
            return pc.cast(values, pa.float32())
        if (
            pa.types.is_decimal256(kind)
            or pa.types.is_binary(kind)
            or pa.types.is_large_binary(kind)
            or kind in (pa.string_view(), pa.binary_view())
        ):
            return pc.cast(values, pa.string())
    except pa.ArrowException as error:
        raise UnusableFile(
            f"{source}: column {shown(name)}: {kind} is not text ({error})"
        ) from error
    if pa.types.is_nested(kind) or pa.types.is_duration(kind) or pa.types.is_interval(kind):
        raise UnusableFile(f"{source}: column {shown(name)}: {kind} is no plain value")
    return values


def _far_moments_as_text(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Dates and moments as they are; where one is too far for DuckDB, all of them as text.

    What is too far is text as a count of milliseconds, and landing says that it is out of range.
    """
    kind = values.type
    if kind == pa.date32():
        counts, per_second = pc.cast(pc.cast(values, pa.int32()), pa.int64()), Fraction(1, 86_400)
    else:
        counts = pc.cast(values, pa.int64())
        per_second = Fraction(1000 if pa.types.is_date(kind) else PER_SECOND[kind.unit])
    first, last = int(FIRST_SECOND * per_second), int(LAST_SECOND * per_second)
    is_near = pc.and_(
        pc.greater_equal(counts, max(first, -(2**63))), pc.less_equal(counts, min(last, 2**63 - 1))
    )
    if pc.all(is_near).as_py() is not False:
        return values
    near = pc.if_else(is_near, values, pa.scalar(None, kind))
    if pa.types.is_timestamp(kind):
        near = pc.cast(near, pa.timestamp(kind.unit))  # in UTC
    is_far = pc.fill_null(pc.invert(is_near), fill_value=False)
    far = [str(int(count * 1000 / per_second)) for count in counts.filter(is_far).to_pylist()]
    texts = pc.cast(near, pa.string()).combine_chunks()
    return pa.chunked_array(
        [pc.replace_with_mask(texts, is_far.combine_chunks(), pa.array(far, pa.string()))]
    )
