with

cash_balances as (

    select
        account_id,
        currency,
        value_date

    from {{ ref('fact_cash_balances_daily') }}

    where cash_value is null

),

positions as (

    select
        account_id,
        currency,
        value_date

    from {{ ref('fact_positions_daily') }}

    where value_status = 'missing_fx'

),

cash_events as (

    select
        account_id,
        currency,
        value_date

    from {{ ref('fact_cash_events') }}

    where base_amount is null

),

payments as (

    select
        symbol,
        ex_date,
        currency,
        instrument_currency

    from {{ ref('fact_action_payments') }}

    where instrument_amount is null

),

positions_held as (

    select
        account_id,
        symbol,
        valid_from_date,
        valid_until_date

    from {{ ref('fact_position_intervals') }}

    where cumulative_position <> 0

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

account_values as (

    select
        account_id,
        value_date

    from {{ ref('fact_portfolio_value_daily') }}

    where not coalesce(gross_cash_balance + gross_positions_value = 0, false)

),

accounts as (

    select
        account_id,
        base_currency

    from {{ ref('dim_account') }}

),

members as (

    select
        account_id,
        base_currency,
        scope_currency

    from {{ ref('int_scope_accounts') }}

    where scope_type = 'firm'

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date

    from {{ ref('fact_fx_rates_daily') }}

),

amounts as (

    select * from cash_balances

    union all

    select * from positions

    union all

    select cash_events.*

    from cash_events

    inner join last_day
        on cash_events.value_date <= last_day.last_price_date

),

-- First into the currency of the account, then into that of desks and the firm; what an action pays
-- into that of its instrument, for who held it when its ex-date began.
conversions as (

    select
        amounts.account_id,
        amounts.currency as base_currency,
        accounts.base_currency as quote_currency,
        amounts.value_date

    from amounts

    inner join accounts
        on amounts.account_id = accounts.account_id

    union all

    select
        positions_held.account_id,
        payments.currency as base_currency,
        payments.instrument_currency as quote_currency,
        payments.ex_date as value_date

    from payments

    inner join last_day
        on payments.ex_date <= last_day.last_price_date

    inner join positions_held
        on payments.symbol = positions_held.symbol
        and payments.ex_date > positions_held.valid_from_date
        and payments.ex_date <= coalesce(positions_held.valid_until_date + 1, payments.ex_date)

    union all

    select
        account_values.account_id,
        members.base_currency,
        members.scope_currency as quote_currency,
        account_values.value_date

    from account_values

    inner join members
        on account_values.account_id = members.account_id

    anti join rates
        on members.base_currency = rates.base_currency
        and members.scope_currency = rates.quote_currency
        and account_values.value_date = rates.value_date

),

missing as (

    select
        ---------- grain
        base_currency,
        quote_currency,

        ---------- measures
        min(value_date) as first_missing_date,
        max(value_date) as last_missing_date,
        count(distinct value_date)::integer as missing_days,
        count(distinct account_id)::integer as account_count

    from conversions

    group by base_currency, quote_currency

)

select * from missing
