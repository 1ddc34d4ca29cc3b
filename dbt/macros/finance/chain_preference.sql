{#
    Order by: the pair itself, else the shortest way, through the dollar first, then by the alphabet,
    read from the same end in both directions.
#}
{% macro chain_preference() -%}
    len(quote_chain),
    not list_contains(quote_chain, 'USD'),
    case when from_currency < to_currency then quote_chain else list_reverse(quote_chain) end
{%- endmacro %}
