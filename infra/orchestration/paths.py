"""Where things lie, given the database."""

import hashlib
import os
from pathlib import Path

DBT_PROJECT = Path(__file__).resolve().parents[2] / "dbt"


def published_folder(database: Path) -> Path:
    """The folder that holds the published versions of a database."""
    configured = os.environ.get("WAREHOUSE_PUBLISHED")
    return Path(configured).absolute() if configured else database.parent / "published"


def dbt_folder(database: Path, project: Path = DBT_PROJECT) -> Path:
    """What dbt writes while it works on a database.

    It lies beside the database, not in the project: two databases can be built side by side, and
    the project itself may be read-only. Two checkouts that build one database have a folder each,
    because dbt takes what it parsed of the one for the other's.
    """
    checkout = hashlib.sha256(str(project.resolve()).encode()).hexdigest()[:12]
    return database.with_suffix(".dbt") / checkout
