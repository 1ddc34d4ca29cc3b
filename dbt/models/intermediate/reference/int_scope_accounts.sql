{{ config(materialized='table') }}

with

accounts as (

    select
        account_id,
        desk,
        base_currency,
        calendar

    from {{ ref('int_accounts_named') }}

),

members as (

    select
        'account' as scope_type,
        account_id as scope_id,
        account_id,
        base_currency,
        base_currency as scope_currency,
        calendar

    from accounts

    union all

    select
        'desk' as scope_type,
        desk as scope_id,
        account_id,
        base_currency,
        '{{ var("firm_currency") }}' as scope_currency,
        calendar

    from accounts

    union all

    select
        'firm' as scope_type,
        'firm' as scope_id,
        account_id,
        base_currency,
        '{{ var("firm_currency") }}' as scope_currency,
        calendar

    from accounts

),

-- A scope is valued on the days of its accounts, or on those of NYSE where theirs differ.
calendared as (

    select
        ---------- grain
        scope_type,
        scope_id,
        account_id,

        ---------- attributes
        base_currency,
        scope_currency,
        calendar as account_calendar,
        case
            when min(calendar) over scope = max(calendar) over scope then calendar
            else '{{ var("default_calendar") }}'
        end as scope_calendar

    from members

    window scope as (partition by scope_type, scope_id)

)

select * from calendared
