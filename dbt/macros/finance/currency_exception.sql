{# Why an event in another currency is not booked. What nobody described is taken to be in USD. #}
{% macro currency_exception(is_registered) -%}
    if(
        {{ is_registered }},
        'another currency than its instrument',
        'unknown symbol, taken to be in USD'
    )
{%- endmacro %}
