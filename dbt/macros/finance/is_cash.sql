{# Whether a symbol stands for cash and not for an instrument. #}
{% macro is_cash(symbol) -%}
    starts_with({{ symbol }}, '{{ var("cash_prefix") }}')
{%- endmacro %}
