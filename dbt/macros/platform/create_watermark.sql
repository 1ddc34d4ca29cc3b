{#
    What the last green build was made from: every batch of every raw table, the scopes as they were, and
    the last day with a price. What came since is what an incremental build works on. Nothing built
    means: everything is new, build it all.
#}
{% macro create_watermark() %}
    {% if execute %}
        {% call statement() %}
            create table if not exists main.built_batches (
                table_name varchar not null,
                batch_id varchar not null,
                fingerprint varchar not null
            );
            create table if not exists main.built_scopes (
                scope_type varchar not null,
                scope_id varchar not null,
                calendar varchar not null,
                currency varchar not null
            );
            create table if not exists main.built_days (last_price_date date);
        {% endcall %}
        -- dbt leaves the transaction of its first hooks open, and rolls it back.
        {% do adapter.commit() %}
    {% endif %}
{% endmacro %}
