{#
    The date of a moment (UTC) on the clock of a calendar. `day` is the row of int_calendar_dates
    of that calendar and the UTC date: an evening in New York is still its day, a morning in Sydney
    already the next one. A time of exactly midnight is a date without a time, and stays that date.
#}
{% macro market_date(moment, day) -%}
    case
        when {{ moment }} = {{ moment }}::date then {{ moment }}::date
        when {{ moment }} < {{ day }}.begins_at then {{ moment }}::date - 1
        when {{ moment }} >= {{ day }}.ends_at then {{ moment }}::date + 1
        else {{ moment }}::date
    end
{%- endmacro %}
