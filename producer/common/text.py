"""Text of others in messages of ours."""

MOST_SHOWN = 100
"""Characters of a text of others that a message quotes."""


def escaped(text: str) -> str:
    r"""A text on one line that steers no terminal: what cannot be printed is shown as \x1b."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(text: str) -> str:
    """A name of a user's for a message: escaped, and cut where it is very long."""
    return escaped(text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "...")
