{{ config(materialized='incremental', meta={'changed_by': {'int_accounts_changed': none}}) }}

with

trades as (

    select
        account_id,
        currency,
        value_date,
        cash_effect_amount as amount

    from {{ ref('fact_trades') }}

),

payments as (

    select
        account_id,
        currency,
        value_date,
        dividend_amount + returned_capital_amount as amount

    from {{ ref('fact_corporate_actions') }}

    where type in ('DIVIDEND', 'RETURN_OF_CAPITAL')

),

cash_events as (

    select
        account_id,
        currency,
        value_date,
        amount::double as amount

    from {{ ref('fact_cash_events') }}

),

-- A transfer of securities moves no money, and yet an account begins with it.
transfers as (

    select
        booked.account_id,
        dim_account.base_currency as currency,
        booked.value_date,
        0::double as amount

    from {{ ref('fact_transfers_booked') }} as booked

    inner join {{ ref('dim_account') }} as dim_account
        on booked.account_id = dim_account.account_id

),

accounts_changed as (

    select
        account_id,
        first_changed_date

    from {{ ref('int_accounts_changed') }}

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
        date

    from {{ ref('int_calendar_dates') }}

    where is_open

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate,
        fx_stale_days

    from {{ ref('fact_fx_rates_daily') }}

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

movements as (

    select * from trades

    union all

    select * from payments

    union all

    select * from cash_events

    union all

    select * from transfers

),

-- What moved before the first changed day stands on one line: the balance to go on from.
movement_days as (

    select
        movements.account_id,
        movements.currency,
        greatest(movements.value_date, accounts_changed.first_changed_date - 1) as value_date,
        min(movements.value_date) as first_date,
        sum(movements.amount::decimal(38, 10)) as cash_change

    from movements

    inner join accounts_changed
        on movements.account_id = accounts_changed.account_id

    group by all

),

currencies_moved as (

    select
        movement_days.account_id,
        movement_days.currency,
        greatest(min(movement_days.first_date), any_value(accounts_changed.first_changed_date))
            as first_date

    from movement_days

    inner join accounts_changed
        on movement_days.account_id = accounts_changed.account_id

    group by movement_days.account_id, movement_days.currency

),

days as (

    select
        currencies_moved.account_id,
        currencies_moved.currency,
        accounts.base_currency,
        calendar_dates.date as value_date

    from currencies_moved

    inner join accounts
        on currencies_moved.account_id = accounts.account_id

    cross join last_day

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and currencies_moved.first_date <= calendar_dates.date
        and last_day.last_price_date >= calendar_dates.date

),

-- Movements and days on one line of time: a balance is what has moved until its day.
balance_lines as (

    select
        account_id,
        currency,
        value_date,
        0::decimal(38, 10) as cash_change,
        base_currency

    from days

    union all

    select
        account_id,
        currency,
        value_date,
        cash_change,
        null as base_currency

    from movement_days

),

balances as (

    select
        account_id,
        currency,
        base_currency,
        value_date,
        (
            sum(cash_change) over (
                partition by account_id, currency
                order by value_date
            )
        )::double as cash_balance

    from balance_lines

    qualify base_currency is not null

),

valued as (

    select
        ---------- grain
        balances.account_id,
        balances.currency,
        balances.value_date,

        ---------- measures
        balances.cash_balance,
        rates.rate as fx_rate,
        rates.fx_stale_days,
        {{ in_currency('balances.cash_balance', 'rates.rate') }} as cash_value

    from balances

    left join rates
        on balances.currency = rates.base_currency
        and balances.base_currency = rates.quote_currency
        and balances.value_date = rates.value_date

)

select * from valued
