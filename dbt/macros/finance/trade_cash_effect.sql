{#
    What a trade does to cash: a purchase takes it, a sale brings it, fees always take it. In doubles,
    because a quantity times a price in decimals overflows.
#}
{% macro trade_cash_effect(signed_quantity, price, multiplier, fees) -%}
    -({{ signed_quantity }}::double * {{ price }}::double * {{ multiplier }} + {{ fees }}::double)
{%- endmacro %}
