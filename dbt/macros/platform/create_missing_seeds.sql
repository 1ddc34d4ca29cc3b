{#
    Loads every seed that has no table yet, or one of an earlier version with other columns, straight
    from its file. `dbt run` before `dbt seed` would otherwise fail on such a file; `dbt seed` and
    `dbt build` load them again as they always do.
#}
{% macro create_missing_seeds() %}
    {% if execute %}
        {% for seed in graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') %}
            {% set table = api.Relation.create(
                database=seed.database, schema=seed.schema, identifier=seed.alias, type='table'
            ) %}
            {% set loaded = load_relation(table) %}
            {% set columns = seed.config.column_types.keys() | sort | list %}
            {% if loaded is none
                or adapter.get_columns_in_relation(loaded) | map(attribute='name') | sort | list
                != columns %}
                {% do adapter.create_schema(table.without_identifier()) %}
                {% do run_query(load_seed(table, seed)) %}
                -- Or dbt, which has listed the tables already, would create it a second time.
                {% if loaded is none %}{% do adapter.cache_added(table) %}{% endif %}
            {% endif %}
        {% endfor %}
    {% endif %}
{% endmacro %}
