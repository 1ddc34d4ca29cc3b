{#
    Creates the raw tables that are missing, and the columns that an older warehouse lacks, as the
    sources describe them: tests/house holds these to the records of the producers. DuckDB adds no
    column that is not null; rows written before it was known get its default.
#}
{% macro create_raw_tables() %}
    {% do adapter.dispatch('create_raw_tables')() %}
{% endmacro %}


{% macro duckdb__create_raw_tables() %}
    {% if execute %}
        {% for table in graph.sources.values() if table.source_name == 'raw' %}
            {% set columns = [] %}
            {% set added_columns = [] %}
            {% for name, column in table.columns.items() %}
                {% set not_null = ' not null' if column.meta.required else '' %}
                {% do columns.append('"' ~ name ~ '" ' ~ column.data_type ~ not_null) %}
                {% set default = " default '" ~ column.meta.default ~ "'" if 'default' in column.meta else '' %}
                {% do added_columns.append(
                    'alter table main.' ~ table.name ~ ' add column if not exists "' ~ name ~ '" '
                    ~ column.data_type ~ default ~ ';'
                ) %}
            {% endfor %}
            {% call statement() %}
                create table if not exists main.{{ table.name }} ({{ columns | join(', ') }});
                {{ added_columns | join('\n') }}
            {% endcall %}
        {% endfor %}
    {% endif %}
{% endmacro %}
