{#
    Sum of money that does not depend on the order of its rows: doubles added by two threads differ in
    the last digit from run to run, decimals do not. Ten places keep more than a double of that size.
#}
{% macro exact_sum(amount) -%}
    sum(({{ amount }})::decimal(38, 10))::double
{%- endmacro %}
