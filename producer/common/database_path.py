"""Where the warehouse file is, and which paths can be one."""

import os
import re
from pathlib import Path

from producer.common.errors import UnusableDatabase

DEFAULT_PATH = Path(__file__).parents[2] / "data" / "warehouse" / "portfolio.duckdb"

# dbt takes the first for the end of a path, DuckDB the second.
_UNUSABLE_CHARACTERS = "#?"
# dbt names the catalog after the file, and cannot work with these.
_UNUSABLE_NAME = re.compile(r"main|temp|system|.*['\";].*", re.IGNORECASE | re.DOTALL)


def warehouse_path() -> Path:
    """The file of WAREHOUSE_PATH, or the one in data/warehouse/ of the checkout."""
    configured = os.environ.get("WAREHOUSE_PATH")
    return Path(configured).absolute() if configured else DEFAULT_PATH


def usable_warehouse_path() -> Path:
    """The same, for whoever is about to open it.

    Raises:
        UnusableDatabase: It can be no database.
    """
    path = warehouse_path()
    refuse_unusable(path)
    return path


def refuse_unusable(path: Path) -> None:
    """Refuse a path that can be no database, before anything is made.

    Raises:
        UnusableDatabase: The text says why.
    """
    if _UNUSABLE_NAME.fullmatch(path.stem):
        raise UnusableDatabase(f"{path}: a database cannot have this name; choose another")
    for character in _UNUSABLE_CHARACTERS:
        if character in str(path.absolute()):
            raise UnusableDatabase(
                f"{path}: the path of a database cannot have a {character} in it; choose another"
            )
    try:
        file = next((parent for parent in path.absolute().parents if parent.is_file()), None)
    except OSError as error:
        raise UnusableDatabase(f"{path}: {error.strerror or error}") from error
    if file is not None:
        raise UnusableDatabase(
            f"{path}: {file} is a file, where the folder of the database should be"
        )
