-- A returned row is a VaR or ES that is smaller than the one of a lower confidence (law 10).
with

risks as (

    select
        scope_type,
        scope_id,
        value_date,
        method,
        confidence_pct,
        var_amount,
        es_amount,
        lag(var_amount) over confidences as lower_var_amount,
        lag(es_amount) over confidences as lower_es_amount

    from {{ ref('value_at_risk') }}

    window confidences as (
        partition by scope_type, scope_id, value_date, method, horizon_days
        order by confidence_pct
    )

)

select *

from risks

where
    var_amount < lower_var_amount - 1e-9 * abs(lower_var_amount) - 1e-12
    or es_amount < lower_es_amount - 1e-9 * abs(lower_es_amount) - 1e-12
