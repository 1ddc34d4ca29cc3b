with

accounts as (

    select *
    from {{ ref('int_accounts_named') }}

),

calendars as (

    select
        calendar,
        trading_days_per_year

    from {{ ref('stg_calendars') }}

),

described as (

    select
        ---------- grain
        accounts.account_id,

        ---------- ids
        accounts.benchmark_symbol,

        ---------- attributes
        accounts.name,
        accounts.desk,
        accounts.owner,
        accounts.base_currency,
        accounts.calendar,
        accounts.opened_date,

        ---------- measures
        calendars.trading_days_per_year,

        ---------- flags
        accounts.is_registered

    from accounts

    inner join calendars
        on accounts.calendar = calendars.calendar

)

select * from described
