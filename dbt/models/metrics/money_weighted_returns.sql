with

scope_values as (

    select
        scope_type,
        scope_id,
        value_date,
        total_value,
        external_inflow - external_outflow as net_flow

    from {{ ref('fact_scope_value_daily') }}

),

rates as (

    select
        scope_type,
        scope_id,
        xirr_status,
        xirr_pct

    from {{ ref('int_money_weighted_return_kernel') }}

),

-- Money of the first day works all the time, that of the last day none of it; a first day that is
-- the last one, too, is a first day.
weighted as (

    select
        *,
        coalesce(
            (max(value_date) over life - value_date)
            / nullif(max(value_date) over life - min(value_date) over life, 0),
            1
        ) as weight

    from scope_values

    window life as (
        partition by scope_type, scope_id
    )

),

-- `last` keeps a null, where max_by would take the value of a day before.
totals as (

    select
        scope_type,
        scope_id,
        last(total_value order by value_date) as final_value,
        {{ whole_sum('net_flow') }} as net_flow,
        {{ whole_sum('weight * net_flow') }} as average_capital

    from weighted

    group by scope_type, scope_id

),

-- Less than half a cent is nothing.
judged as (

    select
        *,
        case
            when net_flow is null or final_value is null then 'missing_fx'
            when average_capital < 0.005 then 'no_capital'
            else 'ok'
        end as modified_dietz_status

    from totals

),

measured as (

    select
        ---------- grain
        judged.scope_type,
        judged.scope_id,

        ---------- attributes
        rates.xirr_status,
        judged.modified_dietz_status,

        ---------- measures
        rates.xirr_pct,
        case
            when judged.modified_dietz_status = 'ok'
                then 100 * (judged.final_value - judged.net_flow) / judged.average_capital
        end as modified_dietz_pct

    from judged

    inner join rates
        on judged.scope_type = rates.scope_type
        and judged.scope_id = rates.scope_id

)

select * from measured
