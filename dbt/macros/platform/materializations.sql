{#
    Views, tables and seeds in as few statements as DuckDB needs. Its DDL is transactional, so a new
    table takes the place of the old one without a backup under another name; dbt's own ways rename
    twice, drop, and ask the catalogue for indexes and foreign keys, of which there are none here.
    Decision 39 has the figures.
#}
{% materialization view, adapter='duckdb' %}
    {% set view = this.incorporate(type='view') %}
    {% do drop_relation_of_other_type(view) %}
    {% call statement('main') %}
        create or replace view {{ view }} as (
            {{ sql }}
        )
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [view]}) }}
{% endmaterialization %}


{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {% set table = this.incorporate(type='table') %}
    {% do drop_relation_of_other_type(table) %}
    {% if model.language == 'python' %}
        -- A connection of its own writes the rows of a kernel, outside of this transaction.
        {% set new_table = make_intermediate_relation(table) %}
        {% do adapter.drop_relation(new_table) %}
        {% call statement('main', language='python') %}
            {{- create_table_as(False, new_table, compiled_code, 'python') -}}
        {% endcall %}
        {% call statement('replace') %}
            drop table if exists {{ table }};
            alter table {{ new_table }} rename to {{ adapter.quote(table.identifier) }}
        {% endcall %}
    {% else %}
        {% call statement('main') %}
            drop table if exists {{ table }};
            {{ create_table_as(False, table, sql) }}
        {% endcall %}
    {% endif %}
    {% do adapter.commit() %}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}


{% materialization seed, adapter='duckdb' %}
    {% set table = this.incorporate(type='table') %}
    {% call statement('main') %}{{ load_seed(table, model) }}{% endcall %}
    {% do adapter.commit() %}
    -- dbt asks for the rows that it would have read itself.
    {% do store_result('agate_table', response='OK') %}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}


{# A seed straight from its file, with the types that its yml states. #}
{% macro load_seed(table, seed) %}
    {% set path = seed.root_path ~ '/' ~ seed.original_file_path %}
    create or replace table {{ table }} as
    select *
    from read_csv(
        {{ dbt.string_literal(dbt.escape_single_quotes(path)) }},
        header = true,
        types = {{ tojson(seed.config.column_types) | replace('"', "'") }}
    )
{% endmacro %}


{% macro drop_relation_of_other_type(relation) %}
    {% set existing = load_cached_relation(relation) %}
    {% if existing is not none and existing.type != relation.type %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
{% endmacro %}
