{# Of a leg among the ids of trades and of actions, which may be the same. #}
{% macro leg_id(event_id) -%}
    'TRANSFER|' || {{ event_id }}
{%- endmacro %}
