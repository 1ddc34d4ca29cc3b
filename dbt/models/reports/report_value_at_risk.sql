with

risks as (

    select
        scope_type,
        scope_id,
        value_date,
        method,
        confidence_pct,
        window_days,
        status,
        observation_count,
        var_amount,
        var_pct,
        es_amount,
        es_pct

    from {{ ref('value_at_risk') }}

    where horizon_days = 1

    qualify value_date = max(value_date) over (partition by scope_type, scope_id)

),

scopes as (

    select
        scope_type,
        scope_id,
        currency

    from {{ ref('dim_scope') }}

),

-- What is held today comes before the returns there really were, the rarest loss first.
reported as (

    select
        ---------- grain
        risks.scope_type,
        risks.scope_id,
        risks.method,
        risks.confidence_pct,

        ---------- attributes
        (
            row_number() over (
                order by
                    risks.scope_type desc,
                    risks.scope_id asc,
                    risks.method <> 'historical_simulation' asc,
                    risks.method asc,
                    risks.confidence_pct desc
            )
        )::integer as display_order,
        case when risks.scope_type <> 'firm' then risks.scope_id end as scope_name,
        risks.value_date,
        scopes.currency,
        risks.window_days,
        risks.status,

        ---------- measures
        risks.observation_count,
        risks.var_amount,
        risks.var_pct,
        risks.es_amount,
        risks.es_pct

    from risks

    inner join scopes
        on risks.scope_type = scopes.scope_type
        and risks.scope_id = scopes.scope_id

)

select * from reported
