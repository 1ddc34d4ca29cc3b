{#
    Loads every seed that has no table yet, straight from its file. `dbt run` before `dbt seed` would
    otherwise fail on a fresh file; `dbt seed` and `dbt build` load them again as they always do.
#}
{% macro create_missing_seeds() %}
    {% if execute %}
        {% for seed in graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') %}
            {% set table = api.Relation.create(
                database=seed.database, schema=seed.schema, identifier=seed.alias, type='table'
            ) %}
            {% if load_relation(table) is none %}
                {% set path = seed.root_path ~ '/' ~ seed.original_file_path %}
                {% do adapter.create_schema(table.without_identifier()) %}
                {% do run_query(
                    'create table ' ~ table ~ ' as select * from read_csv('
                    ~ dbt.string_literal(dbt.escape_single_quotes(path)) ~ ', header = true, types = '
                    ~ tojson(seed.config.column_types) | replace('"', "'") ~ ')'
                ) %}
                -- Or dbt, which has listed the tables already, would create it a second time.
                {% do adapter.cache_added(table) %}
            {% endif %}
        {% endfor %}
    {% endif %}
{% endmacro %}
