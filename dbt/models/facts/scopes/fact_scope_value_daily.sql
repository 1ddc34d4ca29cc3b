{{ config(materialized='incremental') }}

with

scopes_changed as (

    select
        scope_type,
        scope_id,
        first_changed_date

    from {{ ref('int_scopes_changed') }}

),

account_values as (

    select
        account_id,
        value_date,
        cash_balance,
        positions_value,
        gross_cash_balance,
        gross_positions_value

    from {{ ref('fact_portfolio_value_daily') }}

),

-- Money, and shares at their value in the base currency of the account that they moved.
external_flows as (

    select
        account_id,
        transfer_id,
        type,
        {{ cash_symbol('currency') }} as asset,
        amount as moved,
        value_date,
        currency,
        amount::double as amount

    from {{ ref('fact_cash_events') }}

    where is_external_flow

    union all

    select
        account_id,
        transfer_id,
        'TRANSFER_' || direction as type,
        symbol as asset,
        signed_quantity as moved,
        value_date,
        null as currency,
        market_value as amount

    from {{ ref('fact_security_transfers') }}

    where is_external_flow

),

members as (

    select
        scope_type,
        scope_id,
        account_id,
        base_currency,
        scope_currency,
        account_calendar,
        scope_calendar

    from {{ ref('int_scope_accounts') }}

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

scope_days as (

    select
        scope_days.scope_calendar,
        scope_days.account_calendar,
        scope_days.value_date,
        scope_days.account_date

    from {{ ref('int_scope_days') }} as scope_days

    inner join last_day
        on scope_days.value_date <= last_day.last_price_date

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

calendar_dates as (

    select
        calendar,
        date,
        value_date

    from {{ ref('int_calendar_dates') }}

),

scope_values as (

    select
        members.scope_type,
        members.scope_id,
        scope_days.value_date,
        {{ sum_or_null(in_currency(
            'account_values.cash_balance', 'rates.rate', gross='gross_cash_balance'
        )) }} as cash_balance,
        {{ sum_or_null(in_currency(
            'account_values.positions_value', 'rates.rate', gross='gross_positions_value'
        )) }} as positions_value

    from account_values

    inner join members
        on account_values.account_id = members.account_id

    inner join scope_days
        on members.scope_calendar = scope_days.scope_calendar
        and members.account_calendar = scope_days.account_calendar
        and account_values.value_date = scope_days.account_date

    inner join scopes_changed
        on members.scope_type = scopes_changed.scope_type
        and members.scope_id = scopes_changed.scope_id
        and scope_days.value_date >= scopes_changed.first_changed_date

    left join rates
        on members.base_currency = rates.base_currency
        and members.scope_currency = rates.quote_currency
        and scope_days.value_date = rates.value_date

    group by members.scope_type, members.scope_id, scope_days.value_date

),

-- A transfer of which a scope holds both legs is no flow of that scope.
scope_flows as (

    select
        members.scope_type,
        members.scope_id,
        members.base_currency,
        members.scope_currency,
        calendar_dates.value_date,
        coalesce(external_flows.currency, members.base_currency) as currency,
        external_flows.amount,
        {{ is_cancelled_leg(
            'external_flows.transfer_id', 'external_flows.type', 'external_flows.moved',
            'same_transfer'
        ) }} as is_internal

    from external_flows

    inner join members
        on external_flows.account_id = members.account_id

    inner join calendar_dates
        on members.scope_calendar = calendar_dates.calendar
        and external_flows.value_date = calendar_dates.date

    window same_transfer as (
        partition by
            members.scope_type,
            members.scope_id,
            external_flows.transfer_id,
            external_flows.asset,
            calendar_dates.value_date
    )

),

-- By way of the account's own currency, as its value is: rates of three pairs need not close.
flows_converted as (

    select
        scope_flows.scope_type,
        scope_flows.scope_id,
        scope_flows.value_date,
        scope_flows.amount * rates.rate * scope_rates.rate as amount

    from scope_flows

    left join rates
        on scope_flows.currency = rates.base_currency
        and scope_flows.base_currency = rates.quote_currency
        and scope_flows.value_date = rates.value_date

    left join rates as scope_rates
        on scope_flows.base_currency = scope_rates.base_currency
        and scope_flows.scope_currency = scope_rates.quote_currency
        and scope_flows.value_date = scope_rates.value_date

    where not scope_flows.is_internal

),

flow_days as (

    select
        scope_type,
        scope_id,
        value_date,
        {{ sum_or_null('greatest(amount, 0 * amount)') }} as external_inflow,
        {{ sum_or_null('greatest(-amount, 0 * amount)') }} as external_outflow

    from flows_converted

    group by scope_type, scope_id, value_date

),

valued as (

    select
        scope_values.scope_type,
        scope_values.scope_id,
        scope_values.value_date,
        scope_values.cash_balance + scope_values.positions_value as total_value,
        scope_values.cash_balance,
        scope_values.positions_value,
        {{ zero_if_no_row('flow_days.scope_id', 'flow_days.external_inflow') }}
            as external_inflow,
        {{ zero_if_no_row('flow_days.scope_id', 'flow_days.external_outflow') }}
            as external_outflow

    from scope_values

    left join flow_days
        on scope_values.scope_type = flow_days.scope_type
        and scope_values.scope_id = flow_days.scope_id
        and scope_values.value_date = flow_days.value_date

),

values_with_status as (

    select
        ---------- grain
        scope_type,
        scope_id,
        value_date,

        ---------- attributes
        case when total_value + external_inflow is null then 'missing_fx' else 'ok' end
            as value_status,

        ---------- measures
        total_value,
        cash_balance,
        positions_value,
        external_inflow,
        external_outflow

    from valued

)

select * from values_with_status
