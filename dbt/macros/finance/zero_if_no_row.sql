{# No row is nothing; a row that says null is unknown, and stays so. #}
{% macro zero_if_no_row(row_key, amount) -%}
    case when {{ row_key }} is null then 0::double else {{ amount }} end
{%- endmacro %}
