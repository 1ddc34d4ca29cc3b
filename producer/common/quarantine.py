"""What raw_quarantine says about a load, for people."""

from duckdb import DuckDBPyConnection


def quarantine_report(
    con: DuckDBPyConnection, batch_id: str, limit: int = 10, *, rows_are_lines: bool = False
) -> list[str]:
    """The first rows that a load kept out: `FILE: row 3 (line 4), column price: reason`.

    Args:
        con: The warehouse.
        batch_id: The load.
        limit: How many rows at most.
        rows_are_lines: The file's row n is its line n + 1 (see LoadResult).
    """
    rows = con.execute(
        'select file, row, "column", reason from main.raw_quarantine'
        " where batch_id = ? order by row limit ?",
        [batch_id, limit],
    ).fetchall()
    return [
        f"{file}: row {row}"
        + (f" (line {row + 1})" if rows_are_lines else "")
        + (f", column {column}" if column else "")
        + f": {reason}"
        for file, row, column, reason in rows
    ]
