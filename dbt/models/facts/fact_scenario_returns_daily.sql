with

prices as (

    select
        symbol,
        value_date,
        close_price::double as close_price,
        stale_days

    from {{ ref('fact_prices_daily') }}

),

symbols as (

    select
        symbol,
        nullif(sector, 'unclassified') as sector,
        nullif(asset_class, 'unclassified') as asset_class,
        calendar

    from {{ ref('dim_symbol') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date,
        is_open

    from {{ ref('int_calendar_dates') }}

),

-- A symbol that is closed on a day of the book's calendar stays at its last close; one that is open
-- and has no close of its own has no return.
closes as (

    select
        book_dates.calendar,
        symbols.symbol,
        symbols.sector,
        symbols.asset_class,
        book_dates.date as value_date,
        prices.close_price,
        symbol_dates.is_open and prices.stale_days > 0 as is_missing

    from symbols

    inner join calendar_dates as symbol_dates
        on symbols.calendar = symbol_dates.calendar

    inner join calendar_dates as book_dates
        on symbol_dates.date = book_dates.date
        and book_dates.is_open

    left join prices
        on symbols.symbol = prices.symbol
        and symbol_dates.last_open_date = prices.value_date

),

last_day as (

    select max(value_date) as last_price_date
    from prices

),

own_returns as (

    select
        *,
        case
            when not is_missing then close_price / nullif(lag(close_price) over history, 0) - 1
        end as own_return

    from closes

    window history as (
        partition by calendar, symbol
        order by value_date
    )

),

-- Where a symbol has no return, its sector's mean of the day stands in, or its asset class's, or 0.
proxied as (

    select
        *,
        case when sector is not null then avg(own_return) over same_sector end as sector_return,
        case when asset_class is not null then avg(own_return) over same_asset_class end
            as asset_class_return,
        min(case when own_return is not null then value_date end) over (partition by calendar)
            as first_return_date

    from own_returns

    window
        same_sector as (
            partition by calendar, value_date, sector
            order by symbol
            rows between unbounded preceding and unbounded following
        ),
        same_asset_class as (
            partition by calendar, value_date, asset_class
            order by symbol
            rows between unbounded preceding and unbounded following
        )

),

scenarios as (

    select
        ---------- grain
        proxied.calendar,
        proxied.symbol,
        proxied.value_date,

        ---------- measures
        100 * coalesce(
            proxied.own_return, proxied.sector_return, proxied.asset_class_return, 0
        ) as scenario_return_pct,

        ---------- flags
        proxied.own_return is null as is_proxied

    from proxied

    inner join last_day
        on proxied.value_date between proxied.first_return_date and last_day.last_price_date

)

select * from scenarios
