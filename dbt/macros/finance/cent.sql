{#
    How far two sums of money may lie apart: a cent, or the last digits of doubles of the size of what
    was summed. Sizes are gross, because summands that cancel leave their rounding behind: 1e15 less
    1e15 may be off by a tenth.
#}
{% macro cent(gross_size) -%}
    greatest(0.01, 1e-13 * abs({{ gross_size }}))
{%- endmacro %}
