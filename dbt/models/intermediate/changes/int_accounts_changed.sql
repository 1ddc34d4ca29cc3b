{{ config(materialized='table') }}

with

positions_changed as (

    select
        account_id,
        first_changed_date

    from {{ ref('int_positions_changed') }}

),

new_rows as (

    select
        kind,
        account_id,
        first_date

    from {{ ref('stg_new_events') }}

),

new_valuation_days as (

    select first_new_date
    from {{ ref('int_new_valuation_days') }}

),

accounts as (

    select
        account_id,
        calendar

    from {{ ref('int_accounts_named') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date

    from {{ ref('int_calendar_dates') }}

),

changes as (

    select * from positions_changed

    union all

    select
        account_id,
        first_date as first_changed_date

    from new_rows

    where kind = 'cash_event'

    union all

    select
        accounts.account_id,
        new_rows.first_date as first_changed_date

    from accounts

    cross join new_rows

    where new_rows.kind = 'fx_rate'

    union all

    select
        accounts.account_id,
        new_valuation_days.first_new_date as first_changed_date

    from accounts

    cross join new_valuation_days

),

first_changes as (

    select
        account_id,
        min(first_changed_date) as first_changed_date

    from changes

    group by account_id

),

-- An account of which every event was cancelled is none any more, and is forgotten whole.
changed as (

    select
        ---------- grain
        first_changes.account_id,

        ---------- attributes
        first_changes.first_changed_date,
        coalesce(calendar_dates.last_open_date, first_changes.first_changed_date)
            as previous_open_date

    from first_changes

    left join accounts
        on first_changes.account_id = accounts.account_id

    left join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and first_changes.first_changed_date - 1 = calendar_dates.date

)

select * from changed
