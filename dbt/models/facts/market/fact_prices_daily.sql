with

quotes as (

    select
        symbol,
        price_date,
        quoted_at,
        close_price,
        currency,
        is_official_close,
        ingested_at,
        batch_id,
        source_row

    from {{ ref('int_prices_dated') }}

),

symbols as (

    select
        symbol,
        currency,
        calendar

    from {{ ref('dim_symbol') }}

),

actions as (

    select
        symbol,
        ex_date,
        new_shares::double / old_shares as split_ratio,
        0::double as dividend

    from {{ ref('int_corporate_actions_validated') }}

    where
        rejection_reason is null
        and type = 'SPLIT'

    union all

    -- Capital returned is paid like a dividend; what has no rate is left out of returns.
    select
        symbol,
        ex_date,
        1::double as split_ratio,
        coalesce(instrument_amount, 0) as dividend

    from {{ ref('fact_action_payments') }}

),

calendar_dates as (

    select
        calendar,
        date,
        open_day_number

    from {{ ref('int_calendar_dates') }}

    where is_open

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

actions_by_day as (

    select
        symbol,
        ex_date,
        {{ product('split_ratio', order_by='split_ratio') }} as split_ratio,
        sum(dividend order by dividend) as dividend

    from actions

    group by symbol, ex_date

),

-- One share of the first day in shares of an ex-date, and what it has paid until then.
action_days as (

    select
        symbol,
        ex_date,
        {{ product('split_ratio', window='until_this_day') }} as split_factor,
        dividend

    from actions_by_day

    window until_this_day as (
        partition by symbol
        order by ex_date
    )

),

entitlements as (

    select
        symbol,
        ex_date,
        split_factor,
        sum(dividend * split_factor) over (partition by symbol order by ex_date)
            as dividends_to_date

    from action_days

),

-- A quote on a day the symbol's calendar is closed, or in another currency, is not used.
closes as (

    select
        quotes.symbol,
        symbols.calendar,
        quotes.price_date,
        quotes.close_price,
        calendar_dates.open_day_number

    from quotes

    inner join symbols
        on quotes.symbol = symbols.symbol
        and coalesce(quotes.currency, symbols.currency) = symbols.currency

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and quotes.price_date = calendar_dates.date

    qualify row_number() over (
        partition by quotes.symbol, quotes.price_date
        order by {{ best_quote_first('quotes') }}
    ) = 1

),

-- Closes and dividends in shares of the first day: what a holder has, whatever was split.
closes_adjusted as (

    select
        closes.*,
        last_day.last_price_date,
        coalesce(entitlements.split_factor, 1) as split_factor,
        closes.close_price::double * coalesce(entitlements.split_factor, 1)
            as adjusted_close_price,
        coalesce(entitlements.dividends_to_date, 0) as dividends_to_date

    from closes

    cross join last_day

    {{ asof_join(
        'left', 'entitlements', {'symbol': 'closes.symbol'}, 'ex_date', 'closes.price_date'
    ) }}

),

-- A close holds until the day before the next one, the last one until the last day of any price.
closes_valid as (

    select
        *,
        coalesce(lead(price_date) over history - 1, last_price_date) as valid_until_date,
        100 * (
            (
                adjusted_close_price
                + dividends_to_date
                - lag(dividends_to_date) over history
            ) / nullif(lag(adjusted_close_price) over history, 0)
            - 1
        ) as return_pct

    from closes_adjusted

    window history as (
        partition by symbol
        order by price_date
    )

),

days_carried as (

    select
        *,
        {{ day_series('price_date', 'valid_until_date') }} as value_date

    from closes_valid

),

-- A carried close is stated in the shares of the day that it is carried to.
priced as (

    select
        ---------- grain
        days_carried.symbol,
        days_carried.value_date,

        ---------- attributes
        days_carried.price_date,

        ---------- measures
        case
            when coalesce(entitlements.split_factor, 1) = days_carried.split_factor
                then days_carried.close_price
            else
                try_cast(
                    days_carried.adjusted_close_price / entitlements.split_factor
                    as decimal(28, 10)
                )
        end as close_price,
        case
            when days_carried.value_date = days_carried.price_date then days_carried.return_pct
        end as return_pct,
        (calendar_dates.open_day_number - days_carried.open_day_number)::integer as stale_days,
        days_carried.adjusted_close_price,
        days_carried.dividends_to_date

    from days_carried

    inner join calendar_dates
        on days_carried.calendar = calendar_dates.calendar
        and days_carried.value_date = calendar_dates.date

    {{ asof_join(
        'left', 'entitlements', {'symbol': 'days_carried.symbol'}, 'ex_date',
        'days_carried.value_date'
    ) }}

),

-- A split can make a carried close larger than any decimal: then the day has none.
held_by_a_decimal as (

    select *
    from priced
    where close_price is not null

)

select * from held_by_a_decimal
