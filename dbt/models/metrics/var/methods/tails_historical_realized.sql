with

valuation_days as (

    select
        scope_type,
        scope_id,
        value_date,
        daily_return_pct,
        capital,
        is_changed,
        is_empty

    from {{ ref('valuation_days_at_risk') }}

),

-- The last returns that were valid, in percent of value.
windows as (

    select
        scope_type,
        scope_id,
        value_date,
        capital,
        is_changed,
        count(*) over last_returns as observation_count,
        {{ worst_k('0 - daily_return_pct', tail_length()) }} over last_returns as worst_losses,
        min(daily_return_pct) over last_returns as lowest_return_pct,
        max(daily_return_pct) over last_returns as highest_return_pct,
        is_empty

    from valuation_days

    window last_returns as (
        partition by scope_type, scope_id
        order by value_date
        rows between {{ var('var_window') | int(1) - 1 }} preceding and current row
    )

),

-- A book that holds nothing and never moved in the window has nothing to lose, which is more than
-- being constant.
tails as (

    select
        scope_type,
        scope_id,
        value_date,
        'historical_realized' as method,
        observation_count,
        worst_losses,
        capital / 100 as amount_per_loss,
        case when capital is not null then 1::double end as pct_per_loss,
        0::double as proxied_pct,
        highest_return_pct - lowest_return_pct <= 1e-12 as is_constant,
        is_empty and lowest_return_pct = 0 and highest_return_pct = 0 as is_riskless

    from windows

    where is_changed

)

select * from tails
