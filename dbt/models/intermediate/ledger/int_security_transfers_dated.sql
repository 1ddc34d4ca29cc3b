with

transfers as (

    select *
    from {{ ref('stg_security_transfers') }}

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
        transfers.event_id,

        ---------- ids
        transfers.account_id,
        transfers.symbol,
        transfers.transfer_id,

        ---------- attributes
        transfers.direction,
        transfers.occurred_at,
        {{ market_date('transfers.occurred_at', 'calendar_dates') }} as transfer_date,
        transfers.acquired_at,

        ---------- measures
        transfers.quantity,
        transfers.signed_quantity,
        transfers.cost_per_share

    from transfers

    inner join symbols
        on transfers.symbol = symbols.symbol

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and transfers.occurred_at::date = calendar_dates.date

)

select * from dated
