{# Is this row of a raw table of a batch that the last green build did not have? #}
{% macro is_new(table) -%}
    batch_id not in (
        select built.batch_id from main.built_batches as built where built.table_name = '{{ table }}'
    )
{%- endmacro %}
