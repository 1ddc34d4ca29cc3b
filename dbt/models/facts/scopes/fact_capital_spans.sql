with

scope_values as (

    select
        scope_type,
        scope_id,
        value_date,
        coalesce(abs(total_value) < {{ var('negligible_amount') }}, false) as is_empty,
        coalesce(
            external_inflow < {{ var('negligible_amount') }}
            and external_outflow < {{ var('negligible_amount') }},
            false
        ) as is_without_flow

    from {{ ref('fact_scope_value_daily') }}

),

closes as (

    select
        *,
        lag(is_empty, 1, true) over history as was_empty

    from scope_values

    window history as (
        partition by scope_type, scope_id
        order by value_date
    )

),

-- Money that comes and goes within a day was there.
days_with_capital as (

    select
        *,
        count(*) filter (where was_empty) over history as span_number

    from closes

    where not (was_empty and is_empty and is_without_flow)

    window history as (
        partition by scope_type, scope_id
        order by value_date
    )

),

spans as (

    select
        ---------- grain
        scope_type,
        scope_id,
        span_number::integer as span_number,

        ---------- attributes
        min(value_date) as first_date,
        max(value_date) as last_date,

        ---------- flags
        max_by(is_empty, value_date) as is_closed

    from days_with_capital

    group by scope_type, scope_id, span_number

)

select * from spans
