{{ config(materialized='table') }}

with

replayed as (

    select
        account_id,
        symbol,
        first_changed_date

    from {{ ref('int_positions_replayed') }}

),

new_rows as (

    select
        kind,
        symbol,
        first_date

    from {{ ref('stg_new_events') }}

),

new_valuation_days as (

    select first_new_date
    from {{ ref('int_new_valuation_days') }}

),

chains as (

    select
        symbol,
        chain_id

    from {{ ref('int_symbols_chained') }}

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

holdings as (

    select
        account_id,
        symbol

    from {{ ref('stg_trades') }}

    union

    select
        account_id,
        symbol

    from {{ ref('stg_security_transfers') }}

),

holders as (

    select distinct
        holdings.account_id,
        members.symbol

    from holdings

    inner join chains
        on holdings.symbol = chains.symbol

    inner join chains as members
        on chains.chain_id = members.chain_id

),

-- A price changes its holders from its day on, a rate and another day everybody.
changes as (

    select * from replayed

    union all

    select
        holders.account_id,
        holders.symbol,
        new_rows.first_date as first_changed_date

    from new_rows

    inner join holders
        on new_rows.symbol = holders.symbol

    where new_rows.kind = 'price'

    union all

    select
        holders.account_id,
        holders.symbol,
        new_rows.first_date as first_changed_date

    from holders

    cross join new_rows

    where new_rows.kind = 'fx_rate'

    union all

    select
        holders.account_id,
        holders.symbol,
        new_valuation_days.first_new_date as first_changed_date

    from holders

    cross join new_valuation_days

),

first_changes as (

    select
        account_id,
        symbol,
        min(first_changed_date) as first_changed_date

    from changes

    group by account_id, symbol

),

-- The trading day before is where what runs on from day to day is taken up again.
changed as (

    select
        ---------- grain
        first_changes.account_id,
        first_changes.symbol,

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
