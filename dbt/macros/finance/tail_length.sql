{#
    How many of the worst losses of a window the lowest confidence needs, a fraction of one counted
    whole and one more: expected shortfall weighs the loss beyond the whole ones. In basis points,
    as value_at_risk counts them.
#}
{% macro tail_length() -%}
    {%- set lowest = var('confidence_levels') | min | float -%}
    {%- set basis_points = (10000 - 100 * lowest) | round | int -%}
    {{ (var('var_window') | int) * basis_points // 10000 + 1 }}
{%- endmacro %}
