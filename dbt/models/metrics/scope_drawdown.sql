with

returns as (

    select
        scope_type,
        scope_id,
        value_date,
        wealth_index

    from {{ ref('scope_returns') }}

),

-- Inception (an index of 1) is a peak too: a book that only ever fell is under water.
peaks as (

    select
        scope_type,
        scope_id,
        value_date,
        wealth_index,
        greatest(1, max(wealth_index) over history) as peak_index

    from returns

    window history as (
        partition by scope_type, scope_id
        order by value_date
    )

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
        100 * (wealth_index / peak_index - 1) as drawdown_pct,
        100 * min(wealth_index / peak_index - 1) over history as max_drawdown_pct,

        ---------- flags
        wealth_index < peak_index as is_under_water

    from peaks

    window history as (
        partition by scope_type, scope_id
        order by value_date
    )

)

select * from drawdowns
