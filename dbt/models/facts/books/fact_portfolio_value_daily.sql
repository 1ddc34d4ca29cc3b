{{ config(materialized='incremental', meta={'changed_by': {'int_accounts_changed': none}}) }}

with

accounts_changed as (

    select
        account_id,
        first_changed_date

    from {{ ref('int_accounts_changed') }}

),

accounts as (

    select
        account_id,
        base_currency

    from {{ ref('dim_account') }}

),

cash_balances as (

    select
        balances.account_id,
        balances.value_date,
        {{ sum_or_null('balances.cash_value') }} as cash_balance,
        {{ sum_or_null('abs(balances.cash_value)') }} as gross_cash_balance

    from {{ ref('fact_cash_balances_daily') }} as balances

    inner join accounts_changed
        on balances.account_id = accounts_changed.account_id
        and balances.value_date >= accounts_changed.first_changed_date

    group by balances.account_id, balances.value_date

),

positions as (

    select
        positions_daily.account_id,
        positions_daily.value_date,
        {{ sum_or_null('positions_daily.market_value') }} as positions_value,
        {{ sum_or_null('abs(positions_daily.market_value)') }} as gross_positions_value

    from {{ ref('fact_positions_daily') }} as positions_daily

    inner join accounts_changed
        on positions_daily.account_id = accounts_changed.account_id
        and positions_daily.value_date >= accounts_changed.first_changed_date

    group by positions_daily.account_id, positions_daily.value_date

),

flows as (

    select
        account_id,
        value_date,
        base_amount

    from {{ ref('fact_cash_events') }}

    where is_external_flow

    union all

    select
        account_id,
        value_date,
        market_value as base_amount

    from {{ ref('fact_security_transfers') }}

    where is_external_flow

),

flow_days as (

    select
        account_id,
        value_date,
        {{ sum_or_null('greatest(base_amount, 0 * base_amount)') }} as external_inflow,
        {{ sum_or_null('greatest(-base_amount, 0 * base_amount)') }} as external_outflow

    from flows

    group by account_id, value_date

),

-- A flow, a balance or a position that cannot be converted leaves the day without a value.
valued as (

    select
        cash_balances.account_id,
        cash_balances.value_date,
        accounts.base_currency,
        cash_balances.cash_balance,
        cash_balances.gross_cash_balance,
        {{ zero_if_no_row('positions.account_id', 'positions.positions_value') }}
            as positions_value,
        {{ zero_if_no_row('positions.account_id', 'positions.gross_positions_value') }}
            as gross_positions_value,
        {{ zero_if_no_row('flow_days.account_id', 'flow_days.external_inflow') }}
            as external_inflow,
        {{ zero_if_no_row('flow_days.account_id', 'flow_days.external_outflow') }}
            as external_outflow

    from cash_balances

    inner join accounts
        on cash_balances.account_id = accounts.account_id

    left join flow_days
        on cash_balances.account_id = flow_days.account_id
        and cash_balances.value_date = flow_days.value_date

    left join positions
        on cash_balances.account_id = positions.account_id
        and cash_balances.value_date = positions.value_date

),

totalled as (

    select
        ---------- grain
        account_id,
        value_date,

        ---------- attributes
        base_currency,
        case
            when cash_balance + positions_value + external_inflow is null then 'missing_fx'
            else 'ok'
        end as value_status,

        ---------- measures
        cash_balance + positions_value as total_value,
        cash_balance,
        positions_value,
        gross_cash_balance,
        gross_positions_value,
        external_inflow - external_outflow as net_external_flow,
        external_inflow,
        external_outflow

    from valued

)

select * from totalled
