{#
    What a trade does to cash: a purchase takes it, a sale brings it, fees always take it. In doubles,
    because a quantity times a price in decimals overflows. Taken from 0: a sale at 0 is not -0.0.
#}
{% macro trade_cash_effect(signed_quantity, price, multiplier, fees) -%}
    0 - ({{ signed_quantity }}::double * {{ price }}::double * {{ multiplier }} + {{ fees }}::double)
{%- endmacro %}
