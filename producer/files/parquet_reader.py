"""Reads Parquet: the columns of the contract, in whatever types; landing judges them."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from producer.common.errors import UnusableFile
from producer.files.incoming import IncomingFile, check_required, known_columns
from producer.records.contract import Record

MAGIC = b"PAR1"


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
    return IncomingFile(rows=plain, ignored_columns=ignored)


def _plain(source: str, name: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column in a type that DuckDB knows; bytes are read as UTF-8."""
    kind = values.type
    try:
        if pa.types.is_float16(kind):
            return pc.cast(values, pa.float32())
        if (
            pa.types.is_decimal256(kind)
            or pa.types.is_binary(kind)
            or pa.types.is_large_binary(kind)
        ):
            return pc.cast(values, pa.string())
    except pa.ArrowException as error:
        raise UnusableFile(f"{source}: column {name}: {kind} is not text ({error})") from error
    if pa.types.is_nested(kind):
        raise UnusableFile(f"{source}: column {name}: {kind} is no plain value")
    return values
