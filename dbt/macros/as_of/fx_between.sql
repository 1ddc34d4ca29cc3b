{#
    The rate of every quoted pair on each calendar's valuation day, as known at both moments. Pairs
    whose rate differs are numbered in the order in which they were told.
#}
{% macro fx_pairs_between() %}
with

days as (

    select
        calendar,
        last_open_date as valuation_day

    from main_intermediate.int_calendar_dates

    where date = value_date::date
        and last_open_date is not null

),

rates as (

    select
        *,
        true as is_later

    from main.fx_rates_as_of(known_to)

    union all

    select
        *,
        false as is_later

    from main.fx_rates_as_of(known_from)

),

last_rates as (

    select
        days.calendar,
        rates.base_currency,
        rates.quote_currency,
        rates.is_later,
        rates.rate_date,
        rates.rate::double as rate,
        rates.ingested_at as told_at

    from days

    inner join rates
        on days.valuation_day >= rates.rate_date

    qualify row_number() over (
        partition by
            days.calendar, rates.base_currency, rates.quote_currency, rates.is_later
        order by rates.rate_date desc
    ) = 1

),

pairs as (

    select
        calendar,
        base_currency,
        quote_currency,
        any_value(rate) filter (where is_later) as later_rate,
        any_value(rate_date) filter (where is_later) as later_rate_date,
        any_value(rate) filter (where not is_later) as earlier_rate,
        any_value(rate_date) filter (where not is_later) as earlier_rate_date,
        coalesce(
            any_value(told_at) filter (where is_later),
            any_value(told_at) filter (where not is_later)
        ) as told_at

    from last_rates

    group by calendar, base_currency, quote_currency

),

compared as (

    select
        *,
        later_rate is distinct from earlier_rate as is_changed

    from pairs

)

select
    *,
    case
        when is_changed
            then row_number() over (
                partition by calendar, is_changed
                order by told_at, base_currency, quote_currency
            )
        else 0
    end as change_number

from compared
{% endmacro %}


{#
    The rate from each currency to each other one, with the first 0, 1, 2, .. changes of pairs
    made (change_number): of the pair, else of its inverse, else through the dollar. A currency's
    rate into itself is 1 and has no row.
#}
{% macro fx_rates_between() %}
with

pairs as materialized (

    select * from main.fx_pairs_between(value_date, known_from, known_to)

),

changes as (

    select
        calendar,
        unnest(generate_series(0, max(change_number))) as change_number

    from pairs

    group by calendar

),

pair_rates as (

    select
        pairs.calendar,
        changes.change_number,
        pairs.base_currency,
        pairs.quote_currency,
        case
            when pairs.change_number <= changes.change_number then pairs.later_rate
            else pairs.earlier_rate
        end as rate,
        case
            when pairs.change_number <= changes.change_number then pairs.later_rate_date
            else pairs.earlier_rate_date
        end as rate_date

    from pairs

    inner join changes
        on pairs.calendar = changes.calendar

),

both_ways as (

    select
        calendar,
        change_number,
        base_currency as from_currency,
        quote_currency as to_currency,
        rate,
        rate_date,
        1 as preference

    from pair_rates

    where rate is not null

    union all

    select
        calendar,
        change_number,
        quote_currency as from_currency,
        base_currency as to_currency,
        1 / rate as rate,
        rate_date,
        2 as preference

    from pair_rates

    where rate is not null

),

through_dollars as (

    select
        into_dollars.calendar,
        into_dollars.change_number,
        into_dollars.from_currency,
        out_of_dollars.to_currency,
        first(into_dollars.rate order by into_dollars.preference)
        * first(out_of_dollars.rate order by out_of_dollars.preference) as rate,
        least(
            first(into_dollars.rate_date order by into_dollars.preference),
            first(out_of_dollars.rate_date order by out_of_dollars.preference)
        ) as rate_date,
        3 as preference

    from both_ways as into_dollars

    inner join both_ways as out_of_dollars
        on into_dollars.calendar = out_of_dollars.calendar
        and into_dollars.change_number = out_of_dollars.change_number
        and into_dollars.to_currency = 'USD'
        and out_of_dollars.from_currency = 'USD'
        and into_dollars.from_currency <> out_of_dollars.to_currency

    group by all

),

preferred as (

    select *

    from (
        select * from both_ways
        union all
        select * from through_dollars
    )

    qualify row_number() over (
        partition by calendar, change_number, from_currency, to_currency
        order by preference
    ) = 1

)

select
    preferred.calendar,
    preferred.change_number,
    preferred.from_currency,
    preferred.to_currency,
    preferred.rate,
    (asked.open_day_number - rated.open_day_number)::integer as fx_stale_days

from preferred

inner join main_intermediate.int_calendar_dates as days
    on preferred.calendar = days.calendar
    and days.date = value_date::date

inner join main_intermediate.int_calendar_dates as asked
    on asked.calendar = 'NYSE'
    and days.last_open_date = asked.date

left join main_intermediate.int_calendar_dates as rated
    on rated.calendar = 'NYSE'
    and preferred.rate_date = rated.date
{% endmacro %}
