with

trades as (

    select *
    from {{ ref('stg_trades') }}

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

dated as (

    select
        ---------- grain
        trades.trade_id,

        ---------- ids
        trades.account_id,
        trades.symbol,

        ---------- attributes
        trades.side,
        trades.currency,
        trades.executed_at,
        {{ market_date('trades.executed_at', 'calendar_dates') }} as trade_date,

        ---------- measures
        trades.quantity,
        trades.signed_quantity,
        trades.price,
        trades.fees

    from trades

    inner join symbols
        on trades.symbol = symbols.symbol

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and trades.executed_at::date = calendar_dates.date

)

select * from dated
