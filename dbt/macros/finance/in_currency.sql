{#
    An amount at a rate. Nothing is nothing in every currency: 0 needs no rate, anything else without
    one is null.
#}
{% macro in_currency(amount, rate) -%}
    case when {{ amount }} = 0 then 0::double else {{ amount }} * {{ rate }} end
{%- endmacro %}
