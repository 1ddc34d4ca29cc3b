"""Where things lie, given the database."""

import hashlib
from pathlib import Path

DBT_PROJECT = Path(__file__).resolve().parents[2] / "dbt"


def manifest_file(database: Path, project: Path = DBT_PROJECT) -> Path:
    """What dbt wrote of the project in its last run on a database."""
    return dbt_folder(database, project) / "target" / "manifest.json"


def dbt_folder(database: Path, project: Path = DBT_PROJECT) -> Path:
    """What dbt writes while it works on a database.

    It lies beside the database, not in the project: two databases can be built side by side, and
    the project itself may be read-only. Two checkouts that build one database have a folder each,
    because dbt takes what it parsed of the one for the other's.
    """
    checkout = hashlib.sha256(str(project.resolve()).encode()).hexdigest()[:12]
    return database.with_suffix(".dbt") / checkout
