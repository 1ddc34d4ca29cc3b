with

cash_events as (

    select
        event_id,
        account_id,
        transfer_id,
        action_id,
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
        value_date,
        begins_at,
        ends_at

    from {{ ref('int_calendar_dates') }}

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

dated as (

    select
        cash_events.* replace (
            coalesce(cash_events.currency, accounts.base_currency) as currency
        ),
        accounts.base_currency,
        accounts.calendar,
        {{ market_date('cash_events.occurred_at', 'calendar_dates') }} as event_date

    from cash_events

    inner join accounts
        on cash_events.account_id = accounts.account_id

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and cash_events.occurred_at::date = calendar_dates.date

),

value_dated as (

    select
        dated.*,
        calendar_dates.value_date

    from dated

    inner join calendar_dates
        on dated.calendar = calendar_dates.calendar
        and dated.event_date = calendar_dates.date

),

converted as (

    select
        value_dated.*,
        value_dated.amount::double * rates.rate as base_amount

    from value_dated

    left join rates
        on value_dated.currency = rates.base_currency
        and value_dated.base_currency = rates.quote_currency
        and value_dated.value_date = rates.value_date

),

-- Money that leaves an account and is back the same day, under one transfer, has gone nowhere.
booked as (

    select
        ---------- grain
        event_id,

        ---------- ids
        account_id,
        transfer_id,
        action_id,

        ---------- attributes
        type,
        currency,
        occurred_at,
        value_date,

        ---------- measures
        amount::decimal(28, 8) as amount,
        base_amount,

        ---------- flags
        type in ('DEPOSIT', 'WITHDRAWAL', 'TRANSFER_IN', 'TRANSFER_OUT')
        and not {{ is_cancelled_leg('transfer_id', 'type', 'amount', 'same_transfer') }}
            as is_external_flow

    from converted

    window same_transfer as (partition by account_id, transfer_id, currency, value_date)

)

select * from booked
