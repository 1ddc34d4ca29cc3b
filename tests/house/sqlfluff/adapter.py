"""dbt's `adapter`, as far as dbt/macros/engine uses it: sqlfluff renders models without dbt."""

from jinja2 import pass_context
from jinja2.runtime import Context, Macro


@pass_context
def dispatch(context: Context, name: str) -> Macro:
    """The macro for DuckDB."""
    macro: Macro = context[f"duckdb__{name}"]
    return macro
