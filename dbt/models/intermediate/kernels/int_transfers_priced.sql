with

transfers as (

    select
        event_row,
        symbol,
        event_date,
        price

    from {{ ref('int_position_events') }}

    where type = 'TRANSFER'

),

symbols as (

    select
        symbol,
        calendar

    from {{ ref('dim_symbol') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date

    from {{ ref('int_calendar_dates') }}

),

prices as (

    select
        symbol,
        value_date,
        close_price

    from {{ ref('fact_prices_daily') }}

),

splits_on_closed_days as (

    select
        symbol,
        date,
        split_ratio

    from {{ ref('int_splits_on_closed_days') }}

),

unpriced as (

    select
        transfers.event_row,
        transfers.symbol,
        transfers.event_date,
        calendar_dates.last_open_date

    from transfers

    inner join symbols
        on transfers.symbol = symbols.symbol

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and transfers.event_date = calendar_dates.date

    where
        transfers.price is null
        and calendar_dates.last_open_date is not null

),

-- The close of the day of the transfer, or the last one before it, in the shares of that day.
closes as (

    select
        unpriced.event_row,
        case
            when splits.split_ratio is null then prices.close_price
            else try_cast(prices.close_price / splits.split_ratio as decimal(28, 10))
        end as close_price

    from unpriced

    asof inner join prices
        on unpriced.symbol = prices.symbol
        and unpriced.last_open_date >= prices.value_date

    left join splits_on_closed_days as splits
        on unpriced.symbol = splits.symbol
        and unpriced.event_date = splits.date

),

-- A transfer that names no cost counts at the close.
priced as (

    select
        ---------- grain
        transfers.event_row,

        ---------- measures
        coalesce(transfers.price, closes.close_price) as unit_cost

    from transfers

    left join closes
        on transfers.event_row = closes.event_row

)

select * from priced
