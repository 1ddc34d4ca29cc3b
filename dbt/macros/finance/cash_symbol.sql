{# Cash is held like an instrument: the symbol that stands for a currency, and whether one does. #}
{% macro cash_symbol(currency) -%}
    '{{ var("cash_prefix") }}' || {{ currency }}
{%- endmacro %}


{% macro is_cash(symbol) -%}
    starts_with({{ symbol }}, '{{ var("cash_prefix") }}')
{%- endmacro %}
