with

rates as (

    select
        base_currency,
        quote_currency,
        rate_date,
        rate::double as rate

    from {{ ref('stg_fx_rates') }}

),

calendar_dates as (

    select
        date,
        open_day_number

    from {{ ref('int_calendar_dates') }}

    where calendar = 'NYSE'

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
        unnest(generate_series(
            valid_rates.rate_date,
            coalesce(valid_rates.next_rate_date - 1, last_day.last_price_date),
            interval 1 day
        ))::date as date

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

    from {{ ref('int_corporate_actions_judged') }}

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

-- What has no rate of its own goes through the dollar.
legs as (

    select
        base_currency,
        quote_currency

    from pairs

    union

    select
        base_currency,
        'USD' as quote_currency

    from pairs

    union

    select
        'USD' as base_currency,
        quote_currency

    from pairs

),

leg_days as (

    select
        legs.base_currency,
        legs.quote_currency,
        calendar_dates.date,
        calendar_dates.open_day_number

    from legs

    cross join last_day

    inner join calendar_dates
        on last_day.last_price_date >= calendar_dates.date

),

-- A pair without a rate yet is read the other way round.
leg_rates as (

    select
        leg_days.base_currency,
        leg_days.quote_currency,
        leg_days.date,
        leg_days.open_day_number,
        case
            when leg_days.base_currency = leg_days.quote_currency then 1
            else coalesce(direct.rate, 1 / inverse.rate)
        end as rate,
        case
            when leg_days.base_currency = leg_days.quote_currency then leg_days.date
            when direct.rate is not null then direct.rate_date
            else inverse.rate_date
        end as rate_date

    from leg_days

    left join rate_days as direct
        on leg_days.base_currency = direct.base_currency
        and leg_days.quote_currency = direct.quote_currency
        and leg_days.date = direct.date

    left join rate_days as inverse
        on leg_days.base_currency = inverse.quote_currency
        and leg_days.quote_currency = inverse.base_currency
        and leg_days.date = inverse.date

),

leg_rates_aged as (

    select
        leg_rates.*,
        leg_rates.open_day_number - rated.open_day_number as stale_days

    from leg_rates

    left join calendar_dates as rated
        on leg_rates.rate_date = rated.date

),

-- No row where there is no rate yet.
converted as (

    select
        ---------- grain
        pairs.base_currency,
        pairs.quote_currency,
        pair_rates.date as value_date,

        ---------- measures
        coalesce(pair_rates.rate, into_dollars.rate * out_of_dollars.rate) as rate,
        case
            when pair_rates.rate is not null then pair_rates.stale_days
            else greatest(into_dollars.stale_days, out_of_dollars.stale_days)
        end::integer as fx_stale_days

    from pairs

    inner join leg_rates_aged as pair_rates
        on pairs.base_currency = pair_rates.base_currency
        and pairs.quote_currency = pair_rates.quote_currency

    inner join leg_rates_aged as into_dollars
        on pairs.base_currency = into_dollars.base_currency
        and into_dollars.quote_currency = 'USD'
        and pair_rates.date = into_dollars.date

    inner join leg_rates_aged as out_of_dollars
        on out_of_dollars.base_currency = 'USD'
        and pairs.quote_currency = out_of_dollars.quote_currency
        and pair_rates.date = out_of_dollars.date

    where coalesce(pair_rates.rate, into_dollars.rate * out_of_dollars.rate) is not null

)

select * from converted
