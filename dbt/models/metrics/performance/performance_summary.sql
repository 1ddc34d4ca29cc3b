with

returns as (

    select
        scope_type,
        scope_id,
        value_date,
        return_status,
        daily_return_pct / 100 as daily_return,
        wealth_index

    from {{ ref('scope_returns') }}

),

drawdowns as (

    select
        scope_type,
        scope_id,
        min(max_drawdown_pct) as max_drawdown_pct

    from {{ ref('scope_drawdown') }}

    group by scope_type, scope_id

),

money_weighted as (

    select
        scope_type,
        scope_id,
        xirr_status,
        modified_dietz_status,
        xirr_pct,
        modified_dietz_pct

    from {{ ref('money_weighted_returns') }}

),

scopes as (

    select
        scope_type,
        scope_id,
        currency,
        trading_days_per_year

    from {{ ref('dim_scope') }}

),

risk_free_rates as (

    select
        currency,
        rate_date,
        annual_rate_ratio

    from {{ ref('dim_risk_free_rate') }}

),

-- The last rate known on the day, spread over the trading days of a year; none counts as 0.
excess_returns as (

    select
        returns.*,
        scopes.trading_days_per_year,
        risk_free_rates.annual_rate_ratio is not null as has_risk_free_rate,
        returns.daily_return - (
            power(
                1 + coalesce(risk_free_rates.annual_rate_ratio, 0),
                1 / scopes.trading_days_per_year
            ) - 1
        ) as excess_return

    from returns

    inner join scopes
        on returns.scope_type = scopes.scope_type
        and returns.scope_id = scopes.scope_id

    {{ asof_join(
        'left', 'risk_free_rates', {'currency': 'scopes.currency'}, 'rate_date',
        'returns.value_date'
    ) }}

),

-- Days without capital carry no return and count nowhere. Sums of doubles have an order, or two
-- builds of one book would differ in the last digit.
statistics as (

    select
        scope_type,
        scope_id,
        max_by(wealth_index, value_date) as last_index,
        min(value_date) filter (where daily_return is not null) as first_date,
        max(value_date) filter (where daily_return is not null) as last_date,
        count(daily_return) as observation_count,
        stddev_samp(daily_return order by value_date) as daily_volatility,
        avg(daily_return order by value_date) as mean_return,
        avg(excess_return order by value_date) as mean_excess_return,
        stddev_samp(excess_return order by value_date) as excess_volatility,
        sqrt(
            avg(power(least(daily_return, 0), 2) order by value_date)
            filter (where daily_return is not null)
        ) as downside_deviation,
        sqrt(any_value(trading_days_per_year)) as root_of_year,
        bool_or(return_status = 'wiped_out') as is_wiped_out,
        bool_and(has_risk_free_rate) as has_risk_free_rate

    from excess_returns

    group by scope_type, scope_id

),

annualized as (

    select
        statistics.*,
        drawdowns.max_drawdown_pct,
        money_weighted.xirr_status,
        money_weighted.modified_dietz_status,
        money_weighted.xirr_pct,
        money_weighted.modified_dietz_pct,
        statistics.last_date - statistics.first_date as calendar_days,
        case
            when statistics.last_date - statistics.first_date >= 90
                then power(
                    statistics.last_index,
                    {{ var('days_per_year') }} / (statistics.last_date - statistics.first_date)
                ) - 1
        end as cagr,
        case
            when statistics.observation_count < {{ var('ratio_minimum') }}
                then 'insufficient_history'
            when statistics.is_wiped_out then 'wiped_out'
            else 'ok'
        end as status

    from statistics

    inner join drawdowns
        on statistics.scope_type = drawdowns.scope_type
        and statistics.scope_id = drawdowns.scope_id

    inner join money_weighted
        on statistics.scope_type = money_weighted.scope_type
        and statistics.scope_id = money_weighted.scope_id

),

-- A deviation below 1e-12 is none, and a ratio over nothing is unknown.
summarized as (

    select
        ---------- grain
        scope_type,
        scope_id,

        ---------- attributes
        status,
        case when has_risk_free_rate then 'ok' else 'rf_zero' end as risk_free_status,
        xirr_status,
        modified_dietz_status,
        first_date as first_return_date,
        last_date as last_return_date,

        ---------- measures
        case when observation_count > 0 then 100 * (last_index - 1) end as total_return_pct,
        100 * cagr as cagr_pct,
        xirr_pct,
        modified_dietz_pct,
        case
            when observation_count >= {{ var('ratio_minimum') }}
                then 100 * daily_volatility * root_of_year
        end as annualized_volatility_pct,
        case
            when status = 'ok' and excess_volatility >= 1e-12
                then mean_excess_return / excess_volatility * root_of_year
        end as sharpe_ratio,
        case
            when status = 'ok' and downside_deviation >= 1e-12
                then mean_return / downside_deviation * root_of_year
        end as sortino_ratio,
        case
            when status = 'ok' and max_drawdown_pct < 0 then 100 * cagr / -max_drawdown_pct
        end as calmar_ratio,
        case when observation_count > 0 then max_drawdown_pct end as max_drawdown_pct,
        observation_count::integer as observation_count,
        calendar_days::integer as calendar_days

    from annualized

)

select * from summarized
