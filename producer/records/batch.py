"""Raw table raw_batches."""

from dataclasses import dataclass
from datetime import datetime

from producer.records.contract import SqlType, column, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One load: a file, a simulated history or a producer's write. One row per load."""

    batch_id: str = text("The load; rises with time.", required=True)
    kind: str = text("What it brought: trades, prices, ...", required=True)
    source: str = text("The file, or the producer, it came from.", required=True)
    content_hash: str | None = text("SHA-256 of the file: the same file again adds nothing.")
    loaded_count: int = column(SqlType.BIGINT, "Rows let in.", required=True)
    repeated_count: int = column(SqlType.BIGINT, "Rows already known.", required=True)
    quarantined_count: int = column(SqlType.BIGINT, "Rows kept out.", required=True)
    rounded_count: int = column(
        SqlType.BIGINT, "Values rounded half-even to the column's scale.", required=True
    )
    loaded_at: datetime = column(SqlType.TIMESTAMP, "When (UTC).", required=True)
