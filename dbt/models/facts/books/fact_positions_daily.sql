{{ config(materialized='incremental', meta={'changed_by': {'int_positions_changed': none}}) }}

with

intervals as (

    select
        account_id,
        symbol,
        valid_from_date,
        valid_until_date,
        cumulative_position,
        avg_cost_per_share,
        realized_pnl_to_date

    from {{ ref('fact_position_intervals') }}

),

positions_changed as (

    select
        account_id,
        symbol,
        first_changed_date

    from {{ ref('int_positions_changed') }}

),

prices as (

    select
        symbol,
        value_date,
        close_price,
        stale_days

    from {{ ref('fact_prices_daily') }}

),

accounts as (

    select
        account_id,
        base_currency,
        calendar

    from {{ ref('dim_account') }}

),

symbols as (

    select
        symbol,
        currency,
        calendar,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate,
        fx_stale_days

    from {{ ref('fact_fx_rates_daily') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date,
        is_open

    from {{ ref('int_calendar_dates') }}

),

splits_on_closed_days as (

    select
        symbol,
        date,
        split_ratio

    from {{ ref('int_splits_on_closed_days') }}

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

    where last_price_date is not null

),

days_held as (

    select
        intervals.account_id,
        intervals.symbol,
        intervals.cumulative_position,
        intervals.avg_cost_per_share,
        intervals.realized_pnl_to_date,
        {{ day_series(
            'greatest(intervals.valid_from_date, positions_changed.first_changed_date)',
            'least(coalesce(intervals.valid_until_date, last_day.last_price_date),'
            ' last_day.last_price_date)'
        ) }} as value_date

    from intervals

    inner join positions_changed
        on intervals.account_id = positions_changed.account_id
        and intervals.symbol = positions_changed.symbol

    cross join last_day

),

-- Only days on which the account is valued; a symbol closed that day is worth its last close.
days_priced as (

    select
        days_held.*,
        accounts.base_currency,
        symbols.currency,
        case
            when splits.split_ratio is null then prices.close_price
            else try_cast(prices.close_price / splits.split_ratio as decimal(28, 10))
        end as close_price,
        prices.stale_days,
        days_held.cumulative_position::double * symbols.multiplier as units

    from days_held

    inner join accounts
        on days_held.account_id = accounts.account_id

    inner join calendar_dates as account_dates
        on accounts.calendar = account_dates.calendar
        and days_held.value_date = account_dates.date
        and account_dates.is_open

    inner join symbols
        on days_held.symbol = symbols.symbol

    inner join calendar_dates as symbol_dates
        on symbols.calendar = symbol_dates.calendar
        and days_held.value_date = symbol_dates.date

    left join prices
        on days_held.symbol = prices.symbol
        and symbol_dates.last_open_date = prices.value_date

    left join splits_on_closed_days as splits
        on days_held.symbol = splits.symbol
        and days_held.value_date = splits.date

),

-- In the instrument's currency; a position that is flat is worth nothing at any price.
days_valued as (

    select
        *,
        coalesce(close_price::double, avg_cost_per_share) as valuation_price,
        coalesce({{ unsigned_zero('units * valuation_price') }}, 0) as local_market_value,
        coalesce({{ unsigned_zero('units * avg_cost_per_share') }}, 0) as local_cost_basis,
        coalesce({{ unsigned_zero('units * (valuation_price - avg_cost_per_share)') }}, 0)
            as local_unrealized_pnl

    from days_priced

),

valued as (

    select
        ---------- grain
        days_valued.account_id,
        days_valued.symbol,
        days_valued.value_date,

        ---------- attributes
        days_valued.currency,
        case
            when days_valued.cumulative_position = 0 then 'ok'
            when rates.rate is null then 'missing_fx'
            when days_valued.close_price is null then 'at_cost'
            else 'ok'
        end as value_status,

        ---------- measures
        days_valued.cumulative_position,
        days_valued.avg_cost_per_share,
        days_valued.close_price,
        days_valued.stale_days,
        rates.rate as fx_rate,
        rates.fx_stale_days,
        {{ in_currency('local_market_value', 'rates.rate', gross='cumulative_position') }}
            as market_value,
        {{ in_currency('local_cost_basis', 'rates.rate', gross='cumulative_position') }}
            as cost_basis,
        {{ in_currency('local_unrealized_pnl', 'rates.rate', gross='cumulative_position') }}
            as unrealized_pnl,
        days_valued.realized_pnl_to_date,
        days_valued.local_market_value,
        days_valued.local_cost_basis

    from days_valued

    left join rates
        on days_valued.currency = rates.base_currency
        and days_valued.base_currency = rates.quote_currency
        and days_valued.value_date = rates.value_date

)

select * from valued
