"""dbt's `adapter`, as far as the macros of dbt/macros/engine use it, for sqlfluff to render them."""

from collections.abc import Callable
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context


@pass_context
def dispatch(context: Context, name: str) -> Callable[..., str]:
    """The macro for DuckDB."""
    macro: Any = context.resolve(f"duckdb__{name}")
    return macro
