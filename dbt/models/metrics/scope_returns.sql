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

-- Inflows work from the start of their day, outflows until its end.
capital as (

    select
        scope_type,
        scope_id,
        value_date,
        lag(total_value, 1, 0) over history + external_inflow as start_capital,
        total_value + external_outflow as end_capital

    from scope_values

    window history as (
        partition by scope_type, scope_id
        order by value_date
    )

),

-- Less than half a cent is nothing.
judged as (

    select
        *,
        case
            when start_capital < 0.005 then 'no_capital'
            when end_capital < 0.005 then 'wiped_out'
            else 'ok'
        end as return_status,
        case
            when start_capital >= 0.005 then end_capital / start_capital - 1
        end as daily_return

    from capital

),

-- The index of a wiped-out scope stays at 0; a refund starts a segment that is not linked to it.
linked as (

    select
        ---------- grain
        scope_type,
        scope_id,
        value_date,

        ---------- attributes
        return_status,
        1 + coalesce(
            count_if(return_status = 'wiped_out') over before_this_day, 0
        )::integer as segment_id,

        ---------- measures
        100 * daily_return as daily_return_pct,
        product(
            case return_status
                when 'ok' then 1 + daily_return
                when 'wiped_out' then 0
                else 1
            end
        ) over until_this_day as wealth_index

    from judged

    window
        before_this_day as (
            partition by scope_type, scope_id
            order by value_date
            rows between unbounded preceding and 1 preceding
        ),
        until_this_day as (
            partition by scope_type, scope_id
            order by value_date
        )

)

select * from linked
