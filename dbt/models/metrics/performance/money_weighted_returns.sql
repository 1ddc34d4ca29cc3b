with

scope_values as (

    select
        scope_type,
        scope_id,
        value_date,
        total_value,
        external_inflow,
        external_outflow

    from {{ ref('fact_scope_value_daily') }}

),

spans as (

    select
        scope_type,
        scope_id,
        span_number,
        first_date,
        last_date

    from {{ ref('fact_capital_spans') }}

),

rates as (

    select
        scope_type,
        scope_id,
        xirr_status,
        xirr_pct

    from {{ ref('int_money_weighted_return_kernel') }}

),

-- Money of the first day works all the time, that of the last day none of it. Of a span of one day
-- what came in is there from its start, and what went out until its end.
weighted as (

    select
        scope_values.*,
        spans.span_number,
        (spans.last_date - scope_values.value_date)
        / nullif(spans.last_date - spans.first_date, 0) as share_of_span,
        coalesce(share_of_span, 1) as inflow_weight,
        coalesce(share_of_span, 0) as outflow_weight

    from scope_values

    inner join spans
        on scope_values.scope_type = spans.scope_type
        and scope_values.scope_id = spans.scope_id
        and scope_values.value_date between spans.first_date and spans.last_date

),

totals as (

    select
        scope_type,
        scope_id,
        span_number,
        {{ max_by_keep_null('total_value', 'value_date') }} as final_value,
        {{ sum_or_null('external_inflow - external_outflow') }} as net_flow,
        {{ sum_or_null('inflow_weight * external_inflow - outflow_weight * external_outflow') }}
            as average_capital

    from weighted

    group by scope_type, scope_id, span_number

),

-- Less than half a cent is nothing, and a span without capital has no return.
returned as (

    select
        *,
        net_flow is null or final_value is null as is_unknown,
        case
            when average_capital >= {{ var('negligible_amount') }}
                then (final_value - net_flow) / average_capital
        end as modified_dietz

    from totals

),

-- Who once lost everything has nothing left to link; of a single span the return stays as it is.
linked as (

    select
        scope_type,
        scope_id,
        case
            when bool_or(is_unknown) then 'missing_fx'
            when count(modified_dietz) = 0 then 'no_capital'
            else 'ok'
        end as modified_dietz_status,
        case
            when count(modified_dietz) = 1 then max(modified_dietz)
            else
                {{ product('greatest(1 + modified_dietz, 0)', order_by='span_number') }}
                filter (where modified_dietz is not null) - 1
        end as modified_dietz

    from returned

    group by scope_type, scope_id

),

measured as (

    select
        ---------- grain
        rates.scope_type,
        rates.scope_id,

        ---------- attributes
        rates.xirr_status,
        coalesce(linked.modified_dietz_status, 'no_capital') as modified_dietz_status,

        ---------- measures
        rates.xirr_pct,
        case when linked.modified_dietz_status = 'ok' then 100 * linked.modified_dietz end
            as modified_dietz_pct

    from rates

    left join linked
        on rates.scope_type = linked.scope_type
        and rates.scope_id = linked.scope_id

)

select * from measured
