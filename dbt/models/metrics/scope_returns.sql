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

-- The first day with capital after a wipe-out begins another life.
lives as (

    select
        *,
        return_status <> 'no_capital'
        and coalesce(
            lag(nullif(return_status, 'no_capital') ignore nulls) over history = 'wiped_out', false
        ) as is_refunded

    from judged

    window history as (
        partition by scope_type, scope_id
        order by value_date
    )

),

-- The index of a wiped-out scope stays at 0: the next life is shown and not linked to it.
linked as (

    select
        ---------- grain
        scope_type,
        scope_id,
        value_date,

        ---------- attributes
        return_status,
        (1 + count_if(is_refunded) over until_this_day)::integer as segment_id,

        ---------- measures
        100 * daily_return as daily_return_pct,
        product(
            case return_status
                when 'ok' then 1 + daily_return
                when 'wiped_out' then 0
                else 1
            end
        ) over until_this_day as wealth_index

    from lives

    window until_this_day as (
        partition by scope_type, scope_id
        order by value_date
    )

)

select * from linked
