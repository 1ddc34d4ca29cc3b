{#
    An amount at a rate. Nothing is nothing in every currency: 0 needs no rate, anything else without
    one is null. An amount that is a sum comes with its gross size, because +600 and -600 are not
    nothing: their sum is 0, and unknown in a currency without a rate as long as both are.
#}
{% macro in_currency(amount, rate, gross=none) -%}
    case when {{ gross or amount }} = 0 then 0::double else {{ unsigned_zero(amount ~ ' * ' ~ rate) }} end
{%- endmacro %}
