"""Numpy columns to Arrow tables in the very types of the raw contract, without a detour by text."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from producer.records import Record
from producer.records.contract import Column, SqlType, defaults_of, file_columns_of
from producer.simulation.market import Days, Ints

Value: TypeAlias = pa.Array | str | int | float | date | datetime | None
"""A column of a table, or one value for all of its rows."""

_TYPES: Mapping[SqlType, pa.DataType] = {
    SqlType.TEXT: pa.string(),
    SqlType.DATE: pa.date32(),
    SqlType.TIMESTAMP: pa.timestamp("us"),
    SqlType.INTEGER: pa.int32(),
    SqlType.BIGINT: pa.int64(),
}


def arrow_type(sql_type: SqlType) -> pa.DataType:
    """Return the Arrow type of a raw column, for example decimal128(28, 8) of DECIMAL(28,8)."""
    decimal = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", sql_type.value)
    return pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else _TYPES[sql_type]


def raw_table(record: type[Record], rows: int, values: Mapping[str, Value]) -> pa.Table:
    """Lay columns out as the landing takes them.

    Args:
        record: The raw table's record, which gives names, order and types.
        rows: Number of rows.
        values: Columns of that length, or single values for all rows. What is not given takes
            the contract's default, or null.

    Returns:
        A table with every column a producer may bring.
    """
    given = {**defaults_of(record), **values}
    return pa.table(
        {
            name: _filled(given.get(name), column, rows)
            for name, column in file_columns_of(record).items()
        }
    )


def _filled(value: Any, column: Column, rows: int) -> pa.Array:
    kind = arrow_type(column.sql_type)
    if isinstance(value, pa.Array):
        return value.cast(kind)
    return pa.repeat(pa.scalar(value, kind), rows)


def decimals(units: Ints, unit_scale: int, sql_type: SqlType) -> pa.Array:
    """Return whole numbers of 10^-unit_scale as exact decimals.

    Arrow cannot cast a 64-bit integer to 10 decimal places within 28 digits, so the 128-bit
    values are laid out here: the low half, and the sign as the high half.

    Args:
        units: For example prices in 0.0001, with a unit_scale of 4.
        unit_scale: Decimal places the units stand for, at most those of the type.
        sql_type: A decimal type of the contract.
    """
    scale = sql_type.scale
    if scale is None or scale < unit_scale:
        raise ValueError(f"{sql_type} has no {unit_scale} decimal places")
    low = units.astype(np.int64) * 10 ** (scale - unit_scale)
    halves = np.stack([low, low >> 63], axis=-1)
    return pa.Array.from_buffers(arrow_type(sql_type), len(low), [None, pa.py_buffer(halves)])


def choice(codes: Ints, words: Any) -> pa.Array:
    """Return a text column: the word of each code."""
    return pa.array(words, pa.string()).take(pa.array(codes))


def timestamps(days: Days, milliseconds: Ints | int) -> pa.Array:
    """Return moments: UTC days plus milliseconds of the day."""
    return pa.array((days.astype("datetime64[ms]") + milliseconds).astype("datetime64[us]"))


def day_texts(days: Days) -> list[str]:
    """Return days as text for ids, such as 20240102."""
    return [text.replace("-", "") for text in days.astype(str).tolist()]


def joined(*parts: pa.Array | str) -> pa.Array:
    """Return texts joined by hyphens, row by row."""
    return pc.binary_join_element_wise(*parts, "-")


def padded(numbers: Ints, width: int) -> pa.Array:
    """Return numbers as text with leading zeros, so that text sorts as numbers do."""
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
