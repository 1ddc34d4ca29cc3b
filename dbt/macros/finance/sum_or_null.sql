{#
    A sum of which one unknown part makes the whole unknown, where SQL would leave the part out.
#}
{% macro sum_or_null(amount) -%}
    case when count(*) = count({{ amount }}) then {{ exact_sum(amount) }} end
{%- endmacro %}
