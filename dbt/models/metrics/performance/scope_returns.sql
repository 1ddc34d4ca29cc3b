{{ config(materialized='incremental') }}

with

scopes_changed as (

    select
        scope_type,
        scope_id,
        first_changed_date,
        previous_open_date

    from {{ ref('int_scopes_changed') }}

),

scope_values as (

    select
        scope_values.scope_type,
        scope_values.scope_id,
        scope_values.value_date,
        scope_values.total_value,
        scope_values.external_inflow,
        scope_values.external_outflow,
        scope_values.value_date >= scopes_changed.first_changed_date as is_changed

    from {{ ref('fact_scope_value_daily') }} as scope_values

    inner join scopes_changed
        on scope_values.scope_type = scopes_changed.scope_type
        and scope_values.scope_id = scopes_changed.scope_id
        and scope_values.value_date >= scopes_changed.previous_open_date

),

-- What the days before the first changed one came to.
openings as (

    {% if is_incremental() %}
        select
            past.scope_type,
            past.scope_id,
            max_by(past.wealth_index, past.value_date) as wealth_index,
            max_by(past.segment_id, past.value_date) as segment_id,
            max_by(past.return_status, past.value_date)
            filter (where past.return_status in ('ok', 'wiped_out')) as return_status

        from {{ this }} as past

        semi join scopes_changed
            on past.scope_type = scopes_changed.scope_type
            and past.scope_id = scopes_changed.scope_id
            and past.value_date < scopes_changed.first_changed_date

        group by past.scope_type, past.scope_id
    {% else %}
        select
            null::varchar as scope_type,
            null::varchar as scope_id,
            null::double as wealth_index,
            null::integer as segment_id,
            null::varchar as return_status

        where false
    {% endif %}

),

-- Inflows work from the start of their day, outflows until its end.
capital as (

    select
        scope_type,
        scope_id,
        value_date,
        is_changed,
        lag(total_value, 1, 0) over history + external_inflow as start_capital,
        total_value + external_outflow as end_capital

    from scope_values

    window history as (
        partition by scope_type, scope_id
        order by value_date
    )

),

-- Less than half a cent is nothing.
returns as (

    select
        *,
        case
            when start_capital is null or end_capital is null then 'missing_fx'
            when start_capital < {{ var('negligible_amount') }} then 'no_capital'
            when end_capital < {{ var('negligible_amount') }} then 'wiped_out'
            else 'ok'
        end as return_status,
        case
            when start_capital >= {{ var('negligible_amount') }}
                then end_capital / start_capital - 1
        end as daily_return

    from capital

),

-- The first day with capital after a wipe-out begins the next segment.
segments as (

    select
        returns.*,
        openings.wealth_index as opening_index,
        openings.segment_id as opening_segment_id,
        case returns.return_status
            when 'ok' then 1 + returns.daily_return
            when 'wiped_out' then 0::double
            else 1::double
        end as growth,
        returns.return_status in ('ok', 'wiped_out')
        and coalesce(
            lag(
                case
                    when returns.return_status in ('ok', 'wiped_out') then returns.return_status
                end
                ignore nulls
            ) over history,
            openings.return_status,
            'ok'
        ) = 'wiped_out' as is_refunded

    from returns

    left join openings
        on returns.scope_type = openings.scope_type
        and returns.scope_id = openings.scope_id

    where returns.is_changed

    window history as (
        partition by returns.scope_type, returns.scope_id
        order by returns.value_date
    )

),

-- The index of a wiped-out scope stays at 0: the next segment is shown and not linked to it.
linked as (

    select
        ---------- grain
        scope_type,
        scope_id,
        value_date,

        ---------- attributes
        return_status,
        (coalesce(opening_segment_id, 1) + count_if(is_refunded) over until_this_day)::integer
            as segment_id,

        ---------- measures
        100 * daily_return as daily_return_pct,
        coalesce(opening_index, 1) * {{ product('growth', window='until_this_day') }}
            as wealth_index

    from segments

    window until_this_day as (
        partition by scope_type, scope_id
        order by value_date
    )

)

select * from linked
