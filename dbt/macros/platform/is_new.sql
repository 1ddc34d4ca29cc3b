{# Has the last green build not seen this row of a raw table? #}
{% macro is_new(table) -%}
    batch_id not in (
        select seen.batch_id from main.built_batches as seen where seen.table_name = '{{ table }}'
    )
{%- endmacro %}
