with

scope_values as (

    select
        scope_type,
        scope_id,
        value_date,
        total_value,
        cash_balance,
        positions_value,
        external_inflow - external_outflow as net_flow

    from {{ ref('fact_scope_value_daily') }}

),

scopes as (

    select
        scope_type,
        scope_id,
        currency

    from {{ ref('dim_scope') }}

),

returns as (

    select
        scope_type,
        scope_id,
        value_date,
        daily_return_pct

    from {{ ref('scope_returns') }}

),

drawdowns as (

    select
        scope_type,
        scope_id,
        value_date,
        drawdown_pct,
        max_drawdown_pct

    from {{ ref('scope_drawdown') }}

),

volatilities as (

    select
        scope_type,
        scope_id,
        value_date,
        annualized_volatility_pct

    from {{ ref('scope_volatility') }}

),

summaries as (

    select
        scope_type,
        scope_id,
        total_return_pct,
        cagr_pct,
        annualized_volatility_pct,
        sharpe_ratio,
        sortino_ratio,
        calmar_ratio,
        max_drawdown_pct,
        observation_count

    from {{ ref('performance_summary') }}

),

-- One unknown flow leaves all P&L since inception unknown.
flows_to_date as (

    select
        scope_type,
        scope_id,
        {{ sum_or_null('net_flow') }} as net_flow

    from scope_values

    group by scope_type, scope_id

),

-- A scope may have no value on the last day of another one: each is shown on its own last day.
last_days as (

    select
        *,
        total_value - lag(total_value, 1, 0) over history - net_flow as daily_pnl

    from scope_values

    window
        history as (
            partition by scope_type, scope_id
            order by value_date
        )

    qualify value_date = max(value_date) over (partition by scope_type, scope_id)

),

-- The firm, then desks, then accounts: the names of the types fall in the alphabet.
reported as (

    select
        ---------- grain
        last_days.scope_type,
        last_days.scope_id,

        ---------- attributes
        (row_number() over (order by last_days.scope_type desc, last_days.scope_id asc))::integer
            as display_order,
        case when last_days.scope_type <> 'firm' then last_days.scope_id end as scope_name,
        last_days.value_date,
        scopes.currency,

        ---------- measures: the last day
        last_days.total_value,
        last_days.cash_balance,
        last_days.positions_value,
        last_days.daily_pnl,
        last_days.total_value - flows_to_date.net_flow as pnl_to_date,
        returns.daily_return_pct,
        drawdowns.drawdown_pct,
        drawdowns.max_drawdown_pct,
        volatilities.annualized_volatility_pct,

        ---------- measures: since inception
        summaries.total_return_pct,
        summaries.cagr_pct,
        summaries.annualized_volatility_pct as volatility_since_inception_pct,
        summaries.sharpe_ratio,
        summaries.sortino_ratio,
        summaries.calmar_ratio,
        summaries.max_drawdown_pct as max_drawdown_of_returns_pct,
        summaries.observation_count

    from last_days

    inner join flows_to_date
        on last_days.scope_type = flows_to_date.scope_type
        and last_days.scope_id = flows_to_date.scope_id

    inner join scopes
        on last_days.scope_type = scopes.scope_type
        and last_days.scope_id = scopes.scope_id

    left join returns
        on last_days.scope_type = returns.scope_type
        and last_days.scope_id = returns.scope_id
        and last_days.value_date = returns.value_date

    left join drawdowns
        on last_days.scope_type = drawdowns.scope_type
        and last_days.scope_id = drawdowns.scope_id
        and last_days.value_date = drawdowns.value_date

    left join volatilities
        on last_days.scope_type = volatilities.scope_type
        and last_days.scope_id = volatilities.scope_id
        and last_days.value_date = volatilities.value_date

    left join summaries
        on last_days.scope_type = summaries.scope_type
        and last_days.scope_id = summaries.scope_id

)

select * from reported
