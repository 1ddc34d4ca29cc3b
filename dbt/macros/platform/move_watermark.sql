{#
    After a build in which every model was built and every test passed, all raw batches count as built.
    An ephemeral model is built with those that read it and has no result of its own.
    Before the first price everything is still to come: the year 1900 is before any event.
#}
{% macro move_watermark(results) %}
    {% if execute and flags.WHICH == 'build' %}
        {% set passed = results
            | selectattr('status', 'in', ['success', 'pass', 'warn'])
            | map(attribute='node.unique_id') | list %}
        {% set missing = graph.nodes.values()
            | selectattr('resource_type', 'in', ['model', 'seed', 'test'])
            | rejectattr('config.materialized', 'equalto', 'ephemeral')
            | rejectattr('unique_id', 'in', passed) | list %}
        {% if not missing %}
            {% set fingerprint = build_fingerprint() %}
            {% set statements = [
                'delete from main.built_batches',
                'delete from main.built_scopes',
                'delete from main.built_days',
                'insert into main.built_scopes select scope_type, scope_id, calendar, currency'
                ~ ' from ' ~ target.schema ~ '_dimensions.dim_scope',
                "insert into main.built_days select coalesce(max(value_date), date '1900-01-01')"
                ~ ' from ' ~ target.schema ~ '_facts.fact_prices_daily',
            ] %}
            {% for table in graph.sources.values() if table.source_name == 'raw' %}
                {% if table.name != 'raw_batches' and 'quarantine' not in table.name %}
                    {% do statements.append(
                        "insert into main.built_batches select distinct '" ~ table.name
                        ~ "', batch_id, '" ~ fingerprint ~ "' from main." ~ table.name
                    ) %}
                {% endif %}
            {% endfor %}
            {% do run_query(statements | join(';')) %}
            {% do adapter.commit() %}
        {% endif %}
    {% endif %}
{% endmacro %}
