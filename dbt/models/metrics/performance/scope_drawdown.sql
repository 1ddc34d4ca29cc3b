{{ config(materialized='incremental') }}

with

scopes_changed as (

    select
        scope_type,
        scope_id,
        first_changed_date

    from {{ ref('int_scopes_changed') }}

),

returns as (

    select
        scope_days.scope_type,
        scope_days.scope_id,
        scope_days.value_date,
        scope_days.wealth_index

    from {{ ref('scope_returns') }} as scope_days

    inner join scopes_changed
        on scope_days.scope_type = scopes_changed.scope_type
        and scope_days.scope_id = scopes_changed.scope_id
        and scope_days.value_date >= scopes_changed.first_changed_date

),

-- What the days before the first changed one came to.
openings as (

    {% if is_incremental() %}
        select
            past.scope_type,
            past.scope_id,
            max(past.peak_index) as peak_index,
            min(past.max_drawdown_pct) as max_drawdown_pct

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
            null::double as peak_index,
            null::double as max_drawdown_pct

        where false
    {% endif %}

),

-- Inception (an index of 1) is a peak too: a book that only ever fell is under water.
peaks as (

    select
        returns.scope_type,
        returns.scope_id,
        returns.value_date,
        returns.wealth_index,
        greatest(1, openings.peak_index, max(returns.wealth_index) over history) as peak_index,
        openings.max_drawdown_pct as opening_drawdown_pct

    from returns

    left join openings
        on returns.scope_type = openings.scope_type
        and returns.scope_id = openings.scope_id

    window history as (
        partition by returns.scope_type, returns.scope_id
        order by returns.value_date
    )

),

-- An index is a product, rounded in its last digits: a fall of less than 1e-12 is none.
depths as (

    select
        *,
        case
            when wealth_index < peak_index * (1 - 1e-12)
                then 100 * (wealth_index / peak_index - 1)
            else 0
        end as drawdown_pct

    from peaks

),

drawdowns as (

    select
        ---------- grain
        scope_type,
        scope_id,
        value_date,

        ---------- measures
        wealth_index,
        peak_index,
        drawdown_pct,
        least(opening_drawdown_pct, min(drawdown_pct) over history) as max_drawdown_pct,

        ---------- flags
        drawdown_pct < 0 as is_under_water

    from depths

    window history as (
        partition by scope_type, scope_id
        order by value_date
    )

)

select * from drawdowns
