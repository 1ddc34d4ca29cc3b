"""Copies a file onto the disk for good: `copy_file.py SOURCE TARGET`.

A script of its own, because a process that holds a DuckDB file loses its lock on it the moment it
closes any other handle of that file (that is how POSIX locks are), and so must not copy it itself.
"""

import os
import shutil
import sys
from pathlib import Path


def main(source: Path, target: Path) -> None:
    """Copy, and return when the bytes are on the disk."""
    with source.open("rb") as original, target.open("wb") as copy:
        shutil.copyfileobj(original, copy, 16 * 1024 * 1024)
        copy.flush()
        os.fsync(copy.fileno())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
