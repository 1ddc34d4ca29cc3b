with

prices as (

    select *
    from {{ ref('stg_prices') }}

),

symbols as (

    select
        symbol,
        calendar

    from {{ ref('int_symbols_named') }}

),

calendar_dates as (

    select
        calendar,
        date,
        begins_at,
        ends_at

    from {{ ref('int_calendar_dates') }}

),

-- A price for a day is of that day, whenever it was quoted.
dated as (

    select
        ---------- grain
        prices.symbol,
        coalesce(
            prices.price_date, {{ market_date('prices.quoted_at', 'calendar_dates') }}
        ) as price_date,
        prices.quoted_at,

        ---------- attributes
        prices.currency,

        ---------- measures
        prices.close_price,

        ---------- flags
        prices.is_official_close,

        ---------- lineage
        prices.ingested_at,
        prices.batch_id,
        prices.source_row

    from prices

    inner join symbols
        on prices.symbol = symbols.symbol

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and coalesce(prices.price_date, prices.quoted_at::date) = calendar_dates.date

)

select * from dated
