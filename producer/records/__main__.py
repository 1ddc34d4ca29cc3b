"""Prints the dbt macro that makes the raw tables, so that dbt can run where nothing else has.

python -m producer.records > dbt/macros/platform/create_raw_tables.sql
"""

import sys

from producer.records.tables import RawTable, raw_tables

START = """\
{#
    Creates the raw tables, and the columns that an older warehouse lacks.
    Generated from the records:
        python -m producer.records > %s
#}
{%% macro create_raw_tables() %%}
    {%% if execute %%}
"""
END = """\
    {% endif %}
{% endmacro %}
"""
PATH = "dbt/macros/platform/create_raw_tables.sql"


def create_raw_tables_macro() -> str:
    """The text of the macro `create_raw_tables()`."""
    return START % PATH + "".join(map(_call, raw_tables().values())) + END


def _call(table: RawTable) -> str:
    """One `run_query` for a table, with all its statements."""
    statements = [table.ddl, *(table.added_column(column) for column in table.columns)]
    sql = ";\n".join(statements) + ";"
    return (
        "        {% call statement() %}\n"
        + "".join(f"            {line}\n" for line in sql.splitlines())
        + "        {% endcall %}\n"
    )


if __name__ == "__main__":
    sys.stdout.write(create_raw_tables_macro())
