{# How far two sums of money may lie apart: a cent, or the last digits of doubles of that size. #}
{% macro cent(size) -%}
    greatest(0.01, 1e-13 * abs({{ size }}))
{%- endmacro %}
