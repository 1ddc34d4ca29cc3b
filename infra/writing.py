"""Writing a file whole or not at all."""

import os
from pathlib import Path

from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

# On Windows a file cannot be replaced while somebody reads it; such readers are quick.
patiently = retry(
    retry=retry_if_exception_type(PermissionError),
    wait=wait_fixed(0.05),
    stop=stop_after_delay(1),
    reraise=True,
)


def write_atomically(path: Path, content: str) -> None:
    """Write a text file so that a reader sees the old content or the new, never a part.

    Raises:
        OSError: The folder cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        patiently(os.replace)(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder onto the disk, where the system has a way to."""
    if os.name == "nt":  # Windows opens no folders
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
