{#
    The day for which each calendar is valued when one asks for value_date: that day, or the last
    open one before it. It has no value yet while no price of it, or of a later day, is known.
#}
{% macro valuation_days_as_of() %}
with

days as (

    select
        calendar,
        last_open_date as valuation_day

    from main_intermediate.int_calendar_dates

    where date = value_date::date
        and last_open_date is not null

),

open_dates as (

    select
        calendar,
        date

    from main_intermediate.int_calendar_dates

    where is_open

),

last_price as (

    select max(quotes.price_date) as last_price_date

    from main.dated_prices_as_of(known_at, known_at) as quotes

    inner join open_dates
        on quotes.calendar = open_dates.calendar
        and quotes.price_date = open_dates.date

    where quotes.price_date >= (select min(valuation_day) from days)

)

select
    days.calendar,
    days.valuation_day,
    coalesce(days.valuation_day <= last_price.last_price_date, false) as is_priced

from days

cross join last_price
{% endmacro %}
