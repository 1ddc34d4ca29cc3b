{#
    What opened a lot: a trade by its trade_id, a leg of a transfer by a name that no trade has.
#}
{% macro opener_id(trade_id, transfer_event_id) -%}
    coalesce({{ trade_id }}, {{ leg_id(transfer_event_id) }})
{%- endmacro %}
