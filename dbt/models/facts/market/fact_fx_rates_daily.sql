with

minor_units as (

    select
        minor_currency,
        major_currency,
        units_per_major

    from {{ ref('stg_minor_units') }}

),

-- What a pound is in pence is known, whatever somebody states.
rates as (

    select
        rates.base_currency,
        rates.quote_currency,
        rates.rate_date,
        rates.rate::double as rate

    from {{ ref('stg_fx_rates') }} as rates

    anti join minor_units
        on rates.base_currency in (minor_units.minor_currency, minor_units.major_currency)
        and rates.quote_currency in (minor_units.minor_currency, minor_units.major_currency)

),

fixed_rates as (

    select
        minor_currency as from_currency,
        major_currency as to_currency,
        1 / units_per_major as rate

    from minor_units

    union all

    select
        major_currency as from_currency,
        minor_currency as to_currency,
        units_per_major::double as rate

    from minor_units

),

calendar_dates as (

    select
        date,
        open_day_number

    from {{ ref('int_calendar_dates') }}

    where calendar = '{{ var("default_calendar") }}'

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

-- A rate holds until the day before the next one, the last one until the last day of any price.
rate_days as (

    select
        valid_rates.base_currency,
        valid_rates.quote_currency,
        valid_rates.rate_date,
        valid_rates.rate,
        {{ day_series(
            'valid_rates.rate_date',
            'coalesce(valid_rates.next_rate_date - 1, last_day.last_price_date)'
        ) }} as date

    from (
        select
            *,
            lead(rate_date) over (
                partition by base_currency, quote_currency
                order by rate_date
            ) as next_rate_date

        from rates
    ) as valid_rates

    cross join last_day

),

payments_abroad as (

    select
        currency,
        instrument_currency

    from {{ ref('int_corporate_actions_validated') }}

    where
        type in ('DIVIDEND', 'RETURN_OF_CAPITAL')
        and currency <> instrument_currency

),

quote_currencies as (

    select base_currency as currency
    from {{ ref('dim_account') }}

    union

    select '{{ var("firm_currency") }}' as currency

    union

    select instrument_currency as currency
    from payments_abroad

),

currencies as (

    select currency from quote_currencies

    union

    select currency
    from {{ ref('dim_symbol') }}

    union

    select currency
    from {{ ref('stg_cash_events') }}

    where currency is not null

    union

    select currency from payments_abroad

),

pairs as (

    select
        currencies.currency as base_currency,
        quote_currencies.currency as quote_currency

    from currencies

    cross join quote_currencies

),

legs as (

    select
        from_currency,
        to_currency,
        min(first_date) as first_date

    from (
        select
            base_currency as from_currency,
            quote_currency as to_currency,
            rate_date as first_date

        from rates

        union all

        select
            quote_currency as from_currency,
            base_currency as to_currency,
            rate_date as first_date

        from rates

        union all

        select
            from_currency,
            to_currency,
            date '1900-01-01' as first_date

        from fixed_rates
    ) as leg_dates

    group by from_currency, to_currency

),

chains as (

    {{ currency_chains('legs') }}

),

chains_dated as (

    select
        chains.from_currency,
        chains.to_currency,
        chains.quote_chain,
        greatest(first_leg.first_date, second_leg.first_date, third_leg.first_date) as first_date

    from chains

    inner join pairs
        on chains.from_currency = pairs.base_currency
        and chains.to_currency = pairs.quote_currency

    inner join legs as first_leg
        on chains.quote_chain[1] = first_leg.from_currency
        and chains.quote_chain[2] = first_leg.to_currency

    left join legs as second_leg
        on chains.quote_chain[2] = second_leg.from_currency
        and chains.quote_chain[3] = second_leg.to_currency

    left join legs as third_leg
        on chains.quote_chain[3] = third_leg.from_currency
        and chains.quote_chain[4] = third_leg.to_currency

),

-- A chain serves from the day its last leg has a rate, until a better one does.
chain_spans as (

    select
        *,
        min(first_date) over (
            partition by from_currency, to_currency
            order by {{ chain_preference() }}
            rows between unbounded preceding and 1 preceding
        ) - 1 as last_date

    from chains_dated

    qualify coalesce(first_date <= last_date, true)

),

legs_used as (

    select distinct
        unnest(quote_chain[:-2]) as from_currency,
        unnest(quote_chain[2:]) as to_currency

    from chain_spans

),

days as (

    select
        calendar_dates.date,
        calendar_dates.open_day_number

    from calendar_dates

    inner join last_day
        on calendar_dates.date <= last_day.last_price_date

),

-- A leg without a rate yet is read the other way round.
leg_rates as (

    select
        legs_used.from_currency,
        legs_used.to_currency,
        days.date,
        coalesce(fixed_rates.rate, direct.rate, 1 / inverse.rate) as rate,
        case
            when fixed_rates.rate is not null then 0::integer
            else days.open_day_number - rated.open_day_number
        end as stale_days

    from legs_used

    cross join days

    left join fixed_rates
        on legs_used.from_currency = fixed_rates.from_currency
        and legs_used.to_currency = fixed_rates.to_currency

    left join rate_days as direct
        on legs_used.from_currency = direct.base_currency
        and legs_used.to_currency = direct.quote_currency
        and days.date = direct.date

    left join rate_days as inverse
        on legs_used.from_currency = inverse.quote_currency
        and legs_used.to_currency = inverse.base_currency
        and days.date = inverse.date

    left join calendar_dates as rated
        on coalesce(direct.rate_date, inverse.rate_date) = rated.date

    where coalesce(fixed_rates.rate, direct.rate, inverse.rate) is not null

),

chained as (

    select
        chain_spans.from_currency,
        chain_spans.to_currency,
        first_leg.date,
        chain_spans.quote_chain,
        first_leg.rate * coalesce(second_leg.rate, 1) * coalesce(third_leg.rate, 1) as rate,
        greatest(first_leg.stale_days, second_leg.stale_days, third_leg.stale_days)
            as stale_days

    from chain_spans

    inner join leg_rates as first_leg
        on chain_spans.quote_chain[1] = first_leg.from_currency
        and chain_spans.quote_chain[2] = first_leg.to_currency
        and chain_spans.first_date <= first_leg.date
        and coalesce(chain_spans.last_date >= first_leg.date, true)

    left join leg_rates as second_leg
        on chain_spans.quote_chain[2] = second_leg.from_currency
        and chain_spans.quote_chain[3] = second_leg.to_currency
        and first_leg.date = second_leg.date

    left join leg_rates as third_leg
        on chain_spans.quote_chain[3] = third_leg.from_currency
        and chain_spans.quote_chain[4] = third_leg.to_currency
        and first_leg.date = third_leg.date

    union all

    select
        pairs.base_currency as from_currency,
        pairs.quote_currency as to_currency,
        days.date,
        [pairs.base_currency] as quote_chain,
        1 as rate,
        0 as stale_days

    from pairs

    cross join days

    where pairs.base_currency = pairs.quote_currency

),

-- No row where there is no rate yet.
converted as (

    select
        ---------- grain
        from_currency as base_currency,
        to_currency as quote_currency,
        date as value_date,

        ---------- attributes
        array_to_string(quote_chain, '-') as quote_chain,

        ---------- measures
        rate,
        stale_days::integer as fx_stale_days

    from chained

)

select * from converted
