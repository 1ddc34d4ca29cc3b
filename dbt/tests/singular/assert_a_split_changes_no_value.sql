-- A returned row is a split that changed what a position cost or that realised something; or a day
-- on which nothing but a split happened, at a close carried over it, and the value moved (law 7).
with

events as (

    select
        account_id,
        symbol,
        event_number,
        false as is_split,
        value_date,
        position_after,
        avg_cost_after,
        1 as new_shares,
        1 as old_shares,
        0::double as realized_pnl

    from {{ ref('fact_trades') }}

    union all

    select
        account_id,
        symbol,
        event_number,
        type = 'SPLIT' and is_applied as is_split,
        value_date,
        position_after,
        avg_cost_after,
        new_shares,
        old_shares,
        realized_pnl

    from {{ ref('fact_corporate_actions') }}

    union all

    select
        account_id,
        symbol,
        event_number,
        false as is_split,
        value_date,
        position_after,
        avg_cost_after,
        1 as new_shares,
        1 as old_shares,
        realized_pnl

    from {{ ref('fact_transfers_booked') }}

),

costs as (

    select
        *,
        coalesce(position_after::double * avg_cost_after, 0) as cost_after,
        coalesce(
            lag(position_after::double * avg_cost_after) over history, 0
        ) as cost_before,
        -- A position that the split rounds to nothing has no cost after it.
        coalesce(
            greatest(
                avg_cost_after,
                lag(avg_cost_after) over history * greatest(1, old_shares::double / new_shares)
            ),
            0
        ) as highest_cost

    from events

    window history as (
        partition by account_id, symbol
        order by event_number
    )

),

split_days as (

    select
        account_id,
        symbol,
        value_date

    from events

    group by account_id, symbol, value_date

    having bool_and(is_split)

),

-- Where account and symbol keep the same days, a close that is old is the one of the day before.
values_moved as (

    select
        positions.account_id,
        positions.symbol,
        positions.value_date,
        positions.stale_days,
        positions.local_market_value,
        lag(positions.local_market_value) over history as previous_market_value,
        dim_symbol.multiplier::double * greatest(
            1e-8 * positions.close_price::double,
            1e-8 * lag(positions.close_price::double) over history,
            1e-10 * abs(positions.cumulative_position::double),
            1e-10 * abs(lag(positions.cumulative_position::double) over history)
        ) as lost_by_rounding

    from {{ ref('fact_positions_daily') }} as positions

    inner join {{ ref('dim_account') }} as dim_account
        on positions.account_id = dim_account.account_id

    inner join {{ ref('dim_symbol') }} as dim_symbol
        on positions.symbol = dim_symbol.symbol
        and dim_account.calendar = dim_symbol.calendar

    window history as (
        partition by positions.account_id, positions.symbol
        order by positions.value_date
    )

)

-- A position is rounded to eight decimals, so its cost moves by that much.
select
    account_id,
    symbol,
    value_date,
    cost_before as amount_before,
    cost_after as amount_after,
    realized_pnl

from costs

where
    is_split
    and not coalesce(
        realized_pnl = 0
        and abs(cost_after - cost_before) <= 1e-9 * abs(cost_before) + 1e-8 * highest_cost + 1e-12,
        false
    )

union all

select
    values_moved.account_id,
    values_moved.symbol,
    values_moved.value_date,
    values_moved.previous_market_value as amount_before,
    values_moved.local_market_value as amount_after,
    0 as realized_pnl

from values_moved

inner join split_days
    on values_moved.account_id = split_days.account_id
    and values_moved.symbol = split_days.symbol
    and values_moved.value_date = split_days.value_date

where
    coalesce(values_moved.stale_days > 0, true)
    and not coalesce(
        abs(values_moved.local_market_value - values_moved.previous_market_value)
        <= 0.01
        + values_moved.lost_by_rounding
        + 1e-9 * abs(values_moved.previous_market_value),
        false
    )
