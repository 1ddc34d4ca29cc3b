"""A user's own data: CSV and Parquet files."""

from producer.files.ingest import ingest_file

__all__ = ["ingest_file"]
