with

quotes as (

    select
        symbol,
        price_date,
        quoted_at,
        close_price,
        is_official_close

    from {{ ref('stg_prices') }}

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
        open_day_number

    from {{ ref('int_calendar_dates') }}

    where is_open

),

-- An official close speaks for its day; without one the latest quote of the day does.
-- A quote on a day the symbol's calendar is closed finds no partner here and is not used.
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

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and quotes.price_date = calendar_dates.date

    qualify row_number() over (
        partition by quotes.symbol, quotes.price_date
        order by quotes.is_official_close desc, quotes.quoted_at desc
    ) = 1

),

-- A close holds until the day before the next one, the last one until the last day of any price.
closes_valid as (

    select
        *,
        coalesce(
            lead(price_date) over (partition by symbol order by price_date) - 1,
            max(price_date) over ()
        ) as valid_until_date,
        100 * (
            close_price::double
            / nullif(lag(close_price::double) over (partition by symbol order by price_date), 0)
            - 1
        ) as return_pct

    from closes

),

days_carried as (

    select
        symbol,
        calendar,
        price_date,
        close_price,
        return_pct,
        open_day_number,
        unnest(generate_series(price_date, valid_until_date, interval 1 day))::date as value_date

    from closes_valid

),

priced as (

    select
        ---------- grain
        days_carried.symbol,
        days_carried.value_date,

        ---------- attributes
        days_carried.price_date,

        ---------- measures
        days_carried.close_price::decimal(28, 10) as close_price,
        case
            when days_carried.value_date = days_carried.price_date then days_carried.return_pct
        end as return_pct,
        (calendar_dates.open_day_number - days_carried.open_day_number)::integer as stale_days

    from days_carried

    inner join calendar_dates
        on days_carried.calendar = calendar_dates.calendar
        and days_carried.value_date = calendar_dates.date

)

select * from priced
