{{ config(materialized='table') }}

with

accounts as (

    select
        account_id,
        name,
        desk,
        owner,
        base_currency,
        calendar,
        benchmark_symbol,
        opened_date

    from {{ ref('stg_accounts') }}

),

-- An account that trades or moves anything is an account, whether anyone described it or not.
account_ids as (

    select account_id
    from {{ ref('stg_accounts') }}

    union

    select account_id
    from {{ ref('stg_trades') }}

    union

    select account_id
    from {{ ref('stg_cash_events') }}

    union

    select account_id
    from {{ ref('stg_security_transfers') }}

),

named as (

    select
        ---------- grain
        account_ids.account_id,

        ---------- ids
        accounts.benchmark_symbol,

        ---------- attributes
        accounts.name,
        coalesce(accounts.desk, 'unassigned') as desk,
        accounts.owner,
        coalesce(accounts.base_currency, '{{ var("default_currency") }}') as base_currency,
        coalesce(accounts.calendar, '{{ var("default_calendar") }}') as calendar,
        accounts.opened_date,

        ---------- flags
        accounts.account_id is not null as is_registered

    from account_ids

    left join accounts
        on account_ids.account_id = accounts.account_id

)

select * from named
