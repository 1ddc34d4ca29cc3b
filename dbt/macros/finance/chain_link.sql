{# Does a leg go on where another ends, within the same keys? #}
{% macro chain_link(previous, leg, keys) -%}
    {{ previous }}.to_currency = {{ leg }}.from_currency
    {%- for key in keys %} and {{ previous }}.{{ key }} = {{ leg }}.{{ key }}{% endfor %}
{%- endmacro %}
