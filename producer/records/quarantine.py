"""Raw tables raw_quarantine and raw_quarantine_resolutions."""

from dataclasses import dataclass
from datetime import datetime

from producer.records import contract
from producer.records.contract import SqlType, text


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that was not let in, whole, with the reason. One row per rejected row of a load."""

    kind: str = text("What the row was meant to be: trades, prices, ...", required=True)
    file: str = text("The file, or the producer, that brought it.", required=True)
    row: int = contract.column(
        SqlType.BIGINT, "Row of the file, 1 for the first row of data.", required=True
    )
    column: str | None = text("First column at fault; none: the row as a whole.")
    reason: str = text("What is wrong, in words, with the value.", required=True)
    row_data: str = text("The row itself, as JSON (as text where it could not be cut).",
                         required=True)  # fmt: skip
    batch_id: str = text("The load that brought it.", required=True)
    quarantined_at: datetime = contract.column(SqlType.TIMESTAMP, "When (UTC).", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineResolution:
    """A rejected row that somebody has resolved. One row per rejected row and decision."""

    kind: str = text("What the row was meant to be.", required=True)
    batch_id: str = text("The load that brought it.", required=True)
    row: int = contract.column(SqlType.BIGINT, "Row of the file.", required=True)
    note: str = text("What was done about it, or why nothing.", required=True)
    resolved_by: str = text("Who says so.", required=True)
    resolved_at: datetime = contract.column(SqlType.TIMESTAMP, "When (UTC).", required=True)
