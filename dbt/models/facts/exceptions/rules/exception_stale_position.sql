with

last_days as (

    select
        account_id,
        max(value_date) as last_date

    from {{ ref('fact_portfolio_value_daily') }}

    group by account_id

),

positions as (

    select
        account_id,
        symbol,
        value_date,
        stale_days

    from {{ ref('fact_positions_daily') }}

    where
        cumulative_position <> 0
        and stale_days > {{ var('stale_days_limit') }}

),

stale as (

    select
        'position' as record_type,
        concat_ws('|', positions.account_id, positions.symbol) as record_id,
        'held at a close more than {{ var("stale_days_limit") }} trading days old' as reason,
        positions.account_id,
        positions.symbol,
        positions.value_date as event_date,
        'the last close is ' || positions.stale_days || ' trading days old' as detail,
        true as is_booked

    from positions

    semi join last_days
        on positions.account_id = last_days.account_id
        and positions.value_date = last_days.last_date

)

select * from stale
