"""The asset class and the sector that a received name stands for."""

from __future__ import annotations

from collections.abc import Mapping

GICS_CODE_LENGTHS = (4, 6, 8)
"""Of groups, industries and sub-industries; each begins with the two digits of its sector."""


def known_name(received: str | None, names: Mapping[str, str]) -> str | None:
    """The name of a class; a name that stands for none is kept.

    Args:
        received: What the source wrote.
        names: Name of the class by alias, in lower case, letters and digits only.
    """
    if received is None:
        return None
    key = "".join(c for c in received.lower() if c.isascii() and c.isalnum())
    if key.isdigit() and len(key) in GICS_CODE_LENGTHS:
        key = key[:2]
    return names.get(key, received)
