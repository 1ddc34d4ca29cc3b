-- A returned row is a position whose open lots, by one of the cost methods, do not add up to it, to
-- the last decimal (law 3).
with

events as (

    select
        account_id,
        symbol,
        event_number,
        position_after

    from {{ ref('fact_trades') }}

    union all

    select
        account_id,
        symbol,
        event_number,
        position_after

    from {{ ref('fact_corporate_actions') }}

    union all

    select
        account_id,
        symbol,
        event_number,
        position_after

    from {{ ref('fact_transfers_booked') }}

),

positions as (

    select
        account_id,
        symbol,
        max_by(position_after, event_number) as position_after

    from events

    group by account_id, symbol

),

methods as (

    select unnest({{ var('cost_methods') }}) as cost_method

),

lots as (

    select
        cost_method,
        account_id,
        symbol,
        sum(open_quantity) as open_quantity,
        bool_or(open_quantity > 0) and bool_or(open_quantity < 0) as has_both_sides

    from {{ ref('fact_open_lots') }}

    group by cost_method, account_id, symbol

)

select
    methods.cost_method,
    positions.account_id,
    positions.symbol,
    positions.position_after,
    lots.open_quantity

from positions

cross join methods

left join lots
    on methods.cost_method = lots.cost_method
    and positions.account_id = lots.account_id
    and positions.symbol = lots.symbol

where
    positions.position_after <> coalesce(lots.open_quantity, 0)
    or lots.has_both_sides
