with

scopes_changed as (

    select
        scope_type,
        scope_id,
        first_changed_date

    from {{ ref('int_scopes_changed') }}

),

scope_values as (

    select
        scope_type,
        scope_id,
        value_date,
        total_value

    from {{ ref('fact_scope_value_daily') }}

),

-- All returns of a changed scope: only they tell how far back a window of valid ones reaches.
returns as (

    select
        scope_days.scope_type,
        scope_days.scope_id,
        scope_days.value_date,
        scope_days.daily_return_pct,
        scope_days.value_date >= scopes_changed.first_changed_date as is_changed

    from {{ ref('scope_returns') }} as scope_days

    inner join scopes_changed
        on scope_days.scope_type = scopes_changed.scope_type
        and scope_days.scope_id = scopes_changed.scope_id

    where scope_days.daily_return_pct is not null

),

holdings as (

    select distinct
        scope_type,
        scope_id,
        value_date

    from {{ ref('fact_scope_positions_daily') }}

    where market_value <> 0

),

valuation_days as (

    select
        ---------- grain
        returns.scope_type,
        returns.scope_id,
        returns.value_date,

        ---------- measures
        returns.daily_return_pct,
        case
            when scope_values.total_value >= {{ var('negligible_amount') }}
                then scope_values.total_value
        end as capital,

        ---------- flags
        returns.is_changed,
        holdings.scope_id is null as is_empty

    from returns

    inner join scope_values
        on returns.scope_type = scope_values.scope_type
        and returns.scope_id = scope_values.scope_id
        and returns.value_date = scope_values.value_date

    left join holdings
        on returns.scope_type = holdings.scope_type
        and returns.scope_id = holdings.scope_id
        and returns.value_date = holdings.value_date

)

select * from valuation_days
