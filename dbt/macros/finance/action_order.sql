{#
    Order by: of one day a split comes first, a change of symbol last of the actions; null for what is
    no such action and comes after them.
#}
{% macro action_order(type) -%}
    list_position(['SPLIT', 'DIVIDEND', 'RETURN_OF_CAPITAL', 'SPINOFF', 'SYMBOL_CHANGE'], {{ type }})
{%- endmacro %}
