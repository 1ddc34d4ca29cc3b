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

-- A scope is valued when all its accounts are: around the clock only if every one of them is.
calendared as (

    select
        ---------- grain
        scope_type,
        scope_id,
        account_id,

        ---------- attributes
        base_currency,
        scope_currency,
        case
            when bool_and(calendar = '24x7') over (partition by scope_type, scope_id) then '24x7'
            else 'NYSE'
        end as scope_calendar

    from members

)

select * from calendared
