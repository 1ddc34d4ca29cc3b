{{ config(materialized='table') }}

with

prices as (

    select
        symbol,
        price_date,
        currency

    from {{ ref('int_prices_dated') }}

),

symbols as (

    select
        symbol,
        currency,
        calendar

    from {{ ref('int_symbols_named') }}

),

calendar_dates as (

    select
        calendar,
        date

    from {{ ref('int_calendar_dates') }}

    where is_open

),

last_day as (

    select max(prices.price_date) as last_price_date

    from prices

    inner join symbols
        on prices.symbol = symbols.symbol
        and coalesce(prices.currency, symbols.currency) = symbols.currency

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and prices.price_date = calendar_dates.date

)

select * from last_day
