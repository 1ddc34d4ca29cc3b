{#
    Forgets what was built where a build must not start from what is there: other code, a new word
    about an instrument or an account (which every one of its rows repeats), or a table that is gone.
#}
{% macro begin_build() %}
    {% do create_watermark() %}
    {% if execute and flags.WHICH in ('run', 'build') %}
        {% set gone = [] %}
        {% for node in graph.nodes.values() %}
            {% if node.config.materialized == 'incremental' %}
                {% set table = api.Relation.create(
                    database=node.database, schema=node.schema, identifier=node.alias, type='table'
                ) %}
                {% if load_relation(table) is none %}
                    {% do gone.append(node.alias) %}
                {% endif %}
            {% endif %}
        {% endfor %}
        {% set is_stale = run_query(
            "select exists(from main.built_batches where fingerprint <> '"
            ~ build_fingerprint() ~ "')"
            ~ " or exists(from main.raw_instruments where " ~ is_new('raw_instruments') ~ ")"
            ~ " or exists(from main.raw_accounts where " ~ is_new('raw_accounts') ~ ")"
        ).rows[0][0] %}
        {% if flags.FULL_REFRESH or gone or is_stale %}
            {% do run_query('delete from main.built_batches') %}
        {% endif %}
    {% endif %}
{% endmacro %}
