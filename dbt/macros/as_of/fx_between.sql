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
    made (change_number): of the pair, else of its inverse, else over a chain of quotes, as
    fact_fx_rates_daily has it. A currency's rate into itself is 1 and has no row.
#}
{% macro fx_rates_between() %}
with

pairs as materialized (

    select * from main.fx_pairs_between(value_date, known_from, known_to)

),

days as (

    select
        days.calendar,
        days.last_open_date,
        asked.open_day_number

    from main_intermediate.int_calendar_dates as days

    inner join main_intermediate.int_calendar_dates as asked
        on asked.calendar = 'NYSE'
        and days.last_open_date = asked.date

    where days.date = value_date::date

),

changes as (

    select
        days.calendar,
        unnest(generate_series(0, coalesce(max(pairs.change_number), 0))) as change_number

    from days

    left join pairs
        on days.calendar = pairs.calendar

    group by days.calendar

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
        2 as preference

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
        3 as preference

    from pair_rates

    where rate is not null

    union all

    select
        changes.calendar,
        changes.change_number,
        unnest([minor_units.minor, minor_units.major]) as from_currency,
        unnest([minor_units.major, minor_units.minor]) as to_currency,
        unnest([1 / minor_units.units, minor_units.units::double]) as rate,
        days.last_open_date as rate_date,
        1 as preference

    from changes

    inner join days
        on changes.calendar = days.calendar

    cross join main_seeds.minor_units as minor_units

),

legs as materialized (

    select *

    from both_ways

    qualify row_number() over (
        partition by calendar, change_number, from_currency, to_currency
        order by preference
    ) = 1

),

chains as (

    {{ currency_chains('legs', keys=['calendar', 'change_number']) }}

),

preferred as (

    select *

    from chains

    qualify row_number() over (
        partition by calendar, change_number, from_currency, to_currency
        order by {{ chain_preference() }}
    ) = 1

),

chained as (

    select
        preferred.calendar,
        preferred.change_number,
        preferred.from_currency,
        preferred.to_currency,
        first_leg.rate * coalesce(second_leg.rate, 1) * coalesce(third_leg.rate, 1) as rate,
        least(first_leg.rate_date, second_leg.rate_date, third_leg.rate_date) as rate_date

    from preferred

    inner join legs as first_leg
        on preferred.calendar = first_leg.calendar
        and preferred.change_number = first_leg.change_number
        and preferred.quote_chain[1] = first_leg.from_currency
        and preferred.quote_chain[2] = first_leg.to_currency

    left join legs as second_leg
        on preferred.calendar = second_leg.calendar
        and preferred.change_number = second_leg.change_number
        and preferred.quote_chain[2] = second_leg.from_currency
        and preferred.quote_chain[3] = second_leg.to_currency

    left join legs as third_leg
        on preferred.calendar = third_leg.calendar
        and preferred.change_number = third_leg.change_number
        and preferred.quote_chain[3] = third_leg.from_currency
        and preferred.quote_chain[4] = third_leg.to_currency

)

select
    chained.calendar,
    chained.change_number,
    chained.from_currency,
    chained.to_currency,
    chained.rate,
    (days.open_day_number - rated.open_day_number)::integer as fx_stale_days

from chained

inner join days
    on chained.calendar = days.calendar

left join main_intermediate.int_calendar_dates as rated
    on rated.calendar = 'NYSE'
    and chained.rate_date = rated.date
{% endmacro %}
