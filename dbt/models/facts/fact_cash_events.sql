with

cash_events as (

    select
        event_id,
        account_id,
        transfer_id,
        type,
        currency,
        amount,
        occurred_at

    from {{ ref('stg_cash_events') }}

),

accounts as (

    select
        account_id,
        base_currency,
        calendar

    from {{ ref('dim_account') }}

),

calendar_dates as (

    select
        calendar,
        date,
        value_date

    from {{ ref('int_calendar_dates') }}

),

dated as (

    select
        cash_events.*,
        accounts.base_currency,
        calendar_dates.value_date

    from cash_events

    inner join accounts
        on cash_events.account_id = accounts.account_id

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and cash_events.occurred_at::date = calendar_dates.date

),

-- Money that leaves an account and is back the same day, under one transfer, has gone nowhere.
booked as (

    select
        ---------- grain
        event_id,

        ---------- ids
        account_id,
        transfer_id,

        ---------- attributes
        type,
        coalesce(currency, base_currency) as currency,
        occurred_at,
        value_date,

        ---------- measures
        amount::decimal(28, 8) as amount,

        ---------- flags
        type in ('DEPOSIT', 'WITHDRAWAL', 'TRANSFER_IN', 'TRANSFER_OUT')
        and not {{ is_cancelled_leg('transfer_id', 'type', 'amount', 'same_transfer') }}
            as is_external_flow

    from dated

    window same_transfer as (partition by account_id, transfer_id, value_date)

)

select * from booked
