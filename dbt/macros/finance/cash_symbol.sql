{# The symbol of cash: it is held like an instrument, one for each currency. #}
{% macro cash_symbol(currency) -%}
    '{{ var("cash_prefix") }}' || {{ currency }}
{%- endmacro %}
