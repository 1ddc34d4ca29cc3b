-- A returned row is a scope and day with a return that lacks one of its six VaRs (two methods,
-- three confidences) or has one too many, or a risk without a return.
with

returns as (

    select
        scope_type,
        scope_id,
        value_date

    from {{ ref('scope_returns') }}

    where daily_return_pct is not null

),

risks as (

    select
        scope_type,
        scope_id,
        value_date,
        count(*) as risk_count

    from {{ ref('value_at_risk') }}

    group by scope_type, scope_id, value_date

)

select
    coalesce(returns.scope_type, risks.scope_type) as scope_type,
    coalesce(returns.scope_id, risks.scope_id) as scope_id,
    coalesce(returns.value_date, risks.value_date) as value_date,
    returns.scope_id is not null as has_return,
    risks.risk_count

from returns

full outer join risks
    on returns.scope_type = risks.scope_type
    and returns.scope_id = risks.scope_id
    and returns.value_date = risks.value_date

where
    returns.scope_id is null
    or coalesce(risks.risk_count, 0) <> 6
