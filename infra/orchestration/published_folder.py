"""Which folder holds the published versions of a database; no two databases share one.

It is `published/` beside the database. A second database of the same folder has
`<its file name>.published/`. A folder says in its file `database` whose it is, as a path from
itself, so that both can be moved together.
"""

import os
import re
from pathlib import Path

from infra.writing import write_atomically
from producer.common.database_path import refuse_unusable
from producer.common.errors import UnusableInput
from producer.common.file_lock import writing

VERSION = re.compile(r"\d{8}T\d{12}Z")
_OWNER = "database"


def published_folder(database: Path) -> Path:
    """The folder of WAREHOUSE_PUBLISHED, or that of the database.

    Raises:
        UnusableInput: The folder of WAREHOUSE_PUBLISHED is another database's, or is none.
    """
    configured = os.environ.get("WAREHOUSE_PUBLISHED")
    if not configured:
        own = database.with_name(f"{database.name}.published")
        shared = database.parent / "published"
        is_ours = not own.is_dir() and _other_owner(shared, database) is None
        return shared if is_ours else own
    folder = Path(configured).absolute()
    refuse_unusable(folder / database.name)
    owner = _other_owner(folder, database)
    if owner is not None:
        raise UnusableInput(
            f"{folder}: holds the published versions of another database, {owner}: set"
            " WAREHOUSE_PUBLISHED to another folder, or to nothing"
        )
    return folder


def claimed_folder(database: Path) -> Path:
    """The folder of a database, made and marked as its own before it publishes.

    Raises:
        UnusableInput: As published_folder.
    """
    folder = published_folder(database)
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / _OWNER
    if not _content(marker):
        with writing(marker, "claiming a folder of versions"):
            if not _content(marker):
                path = Path(os.path.relpath(database, folder)).as_posix()
                write_atomically(marker, f"{path}\n")
    # Whoever published at this same moment may have been the first to mark it.
    ours = published_folder(database)
    return folder if ours == folder else claimed_folder(database)


def _other_owner(folder: Path, database: Path) -> Path | None:
    """Whose the folder is; None when it is this database's, or nobody's yet."""
    text = _content(folder / _OWNER)
    if not text:
        return _other_owner_by_files(folder, database)
    owner = Path(os.path.normpath(folder / text))
    if owner.name != database.name:
        return owner
    # With another path and the same name it may be this one, moved or mounted elsewhere.
    are_two = owner.is_file() and database.is_file() and not owner.samefile(database)
    return owner if are_two else None


def _content(marker: Path) -> str:
    """What a marker says: nothing when there is none, or when its writer was killed."""
    try:
        return marker.read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _other_owner_by_files(folder: Path, database: Path) -> Path | None:
    """The owner of a folder that was made before folders said whose they are."""
    versions = [entry for entry in folder.glob("*Z") if VERSION.fullmatch(entry.name)]
    if not versions or any((version / database.name).is_file() for version in versions):
        return None
    return next(iter(versions[0].glob("*.duckdb")), None)
