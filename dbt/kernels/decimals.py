"""Exact decimals in and out of Arrow: whole units of the last decimal place, as Python integers."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_WORD = 1 << 64
_LOW_WORD = _WORD - 1


def units_of(column: pa.ChunkedArray | pa.Array) -> list[int]:
    """The whole units of a decimal128 column: 1.5 in DECIMAL(28, 8) is 150,000,000.

    Nulls count as 0: a column of units is read beside one that says what kind of row it is.

    Raises:
        ValueError: If the column is no decimal128.
    """
    if not pa.types.is_decimal128(column.type):
        raise ValueError(f"{column.type} is no decimal128")
    units: list[int] = []
    for chunk in column.chunks if isinstance(column, pa.ChunkedArray) else [column]:
        words = np.frombuffer(chunk.buffers()[1], dtype=np.int64) if len(chunk) else np.zeros(0)
        words = words.reshape(-1, 2)[chunk.offset : chunk.offset + len(chunk)]
        low, high = words[:, 0].astype(np.int64), words[:, 1].astype(np.int64)
        if chunk.null_count:
            known = chunk.is_valid().to_numpy(zero_copy_only=False)
            low, high = np.where(known, low, 0), np.where(known, high, 0)
        if np.array_equal(high, low >> 63):  # all of them fit into one word
            units += low.tolist()
        else:
            pairs = zip(low.tolist(), high.tolist(), strict=True)
            units += [(upper << 64) + (lower & _LOW_WORD) for lower, upper in pairs]
    return units


def decimals_of(units: list[int], precision: int, scale: int) -> pa.Array:
    """The decimal128 column of whole units: the inverse of `units_of`.

    Raises:
        ValueError: If a number has more digits than the precision allows.
    """
    limit = 10**precision
    if units and not -limit < min(units) <= max(units) < limit:
        raise ValueError(f"a number has more than {precision} digits")
    words = np.empty((len(units), 2), dtype=np.uint64)
    words[:, 0] = np.fromiter((unit & _LOW_WORD for unit in units), np.uint64, len(units))
    words[:, 1] = np.fromiter((unit >> 64 & _LOW_WORD for unit in units), np.uint64, len(units))
    buffers = [None, pa.py_buffer(words.tobytes())]
    return pa.Array.from_buffers(pa.decimal128(precision, scale), len(units), buffers)
