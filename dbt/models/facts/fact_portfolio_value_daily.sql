with

trades as (

    select
        account_id,
        value_date,
        cash_effect_amount

    from {{ ref('fact_trades') }}

),

cash_events as (

    select
        account_id,
        value_date,
        amount::double as amount,
        is_external_flow

    from {{ ref('fact_cash_events') }}

),

positions as (

    select
        account_id,
        value_date,
        {{ exact_sum('market_value') }} as positions_value

    from {{ ref('fact_positions_daily') }}

    group by account_id, value_date

),

prices as (

    select max(value_date) as last_price_date
    from {{ ref('fact_prices_daily') }}

),

accounts as (

    select
        account_id,
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

cash_movements as (

    select
        account_id,
        value_date,
        cash_effect_amount as amount,
        0 as external_inflow,
        0 as external_outflow

    from trades

    union all

    select
        account_id,
        value_date,
        amount,
        case when is_external_flow and amount > 0 then amount else 0 end as external_inflow,
        case when is_external_flow and amount < 0 then -amount else 0 end as external_outflow

    from cash_events

),

cash_days as (

    select
        account_id,
        value_date,
        {{ exact_sum('amount') }} as cash_change,
        {{ exact_sum('external_inflow') }} as external_inflow,
        {{ exact_sum('external_outflow') }} as external_outflow

    from cash_movements

    group by account_id, value_date

),

first_days as (

    select
        account_id,
        min(value_date) as first_date

    from cash_days

    group by account_id

),

account_days as (

    select
        first_days.account_id,
        calendar_dates.date as value_date

    from first_days

    inner join accounts
        on first_days.account_id = accounts.account_id

    cross join prices

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and first_days.first_date <= calendar_dates.date
        and prices.last_price_date >= calendar_dates.date

),

valued as (

    select
        account_days.account_id,
        account_days.value_date,
        coalesce(positions.positions_value, 0) as positions_value,
        sum(coalesce(cash_days.cash_change, 0)::decimal(38, 10)) over (
            partition by account_days.account_id
            order by account_days.value_date
        )::double as cash_balance,
        coalesce(cash_days.external_inflow, 0) as external_inflow,
        coalesce(cash_days.external_outflow, 0) as external_outflow

    from account_days

    left join cash_days
        on account_days.account_id = cash_days.account_id
        and account_days.value_date = cash_days.value_date

    left join positions
        on account_days.account_id = positions.account_id
        and account_days.value_date = positions.value_date

),

totalled as (

    select
        ---------- grain
        account_id,
        value_date,

        ---------- measures
        cash_balance + positions_value as total_value,
        cash_balance,
        positions_value,
        external_inflow - external_outflow as net_external_flow,
        external_inflow,
        external_outflow

    from valued

)

select * from totalled
