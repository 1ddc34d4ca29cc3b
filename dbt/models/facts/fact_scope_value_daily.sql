with

account_values as (

    select
        account_id,
        value_date,
        total_value,
        cash_balance,
        positions_value

    from {{ ref('fact_portfolio_value_daily') }}

),

cash_events as (

    select
        account_id,
        transfer_id,
        type,
        value_date,
        amount

    from {{ ref('fact_cash_events') }}

    where is_external_flow

),

members as (

    select
        scope_type,
        scope_id,
        account_id,
        scope_calendar

    from {{ ref('int_scope_accounts') }}

),

calendar_dates as (

    select
        calendar,
        date,
        value_date,
        is_open

    from {{ ref('int_calendar_dates') }}

),

scope_values as (

    select
        members.scope_type,
        members.scope_id,
        account_values.value_date,
        {{ exact_sum('account_values.total_value') }} as total_value,
        {{ exact_sum('account_values.cash_balance') }} as cash_balance,
        {{ exact_sum('account_values.positions_value') }} as positions_value

    from account_values

    inner join members
        on account_values.account_id = members.account_id

    inner join calendar_dates
        on members.scope_calendar = calendar_dates.calendar
        and account_values.value_date = calendar_dates.date
        and calendar_dates.is_open

    group by members.scope_type, members.scope_id, account_values.value_date

),

-- A transfer of which a scope holds both legs is no flow of that scope.
scope_flows as (

    select
        members.scope_type,
        members.scope_id,
        calendar_dates.value_date,
        cash_events.amount,
        {{ is_cancelled_leg(
            'cash_events.transfer_id', 'cash_events.type', 'cash_events.amount', 'same_transfer'
        ) }} as is_internal

    from cash_events

    inner join members
        on cash_events.account_id = members.account_id

    inner join calendar_dates
        on members.scope_calendar = calendar_dates.calendar
        and cash_events.value_date = calendar_dates.date

    window same_transfer as (
        partition by
            members.scope_type,
            members.scope_id,
            cash_events.transfer_id,
            calendar_dates.value_date
    )

),

flow_days as (

    select
        scope_type,
        scope_id,
        value_date,
        {{ exact_sum('greatest(amount, 0)') }} as external_inflow,
        {{ exact_sum('greatest(-amount, 0)') }} as external_outflow

    from scope_flows

    where not is_internal

    group by scope_type, scope_id, value_date

),

valued as (

    select
        ---------- grain
        scope_values.scope_type,
        scope_values.scope_id,
        scope_values.value_date,

        ---------- measures
        scope_values.total_value,
        scope_values.cash_balance,
        scope_values.positions_value,
        coalesce(flow_days.external_inflow, 0) as external_inflow,
        coalesce(flow_days.external_outflow, 0) as external_outflow

    from scope_values

    left join flow_days
        on scope_values.scope_type = flow_days.scope_type
        and scope_values.scope_id = flow_days.scope_id
        and scope_values.value_date = flow_days.value_date

)

select * from valued
