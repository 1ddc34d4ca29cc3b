-- A returned row is an event after which a position holds another quantity than the one before it,
-- the units traded or transferred and the shares of a split make, to the last decimal (laws 1 and
-- 8). The order is worked out anew: actions before the trades of their day, trades and transfers by
-- (executed_at, trade_id), a trade first, what arrives with lots after these have left.
with

trades as (

    select
        account_id,
        symbol,
        trade_id as event_id,
        'TRADE' as event_type,
        trade_date as event_date,
        6 as type_number,
        executed_at,
        trade_id as tie_breaker,
        signed_quantity,
        1 as new_shares,
        1 as old_shares,
        null::decimal(28, 8) as position_before,
        position_after

    from {{ ref('fact_trades') }}

),

transfers as (

    select
        booked.account_id,
        booked.symbol,
        booked.event_id,
        'TRANSFER' as event_type,
        booked.transfer_date as event_date,
        6 as type_number,
        greatest(booked.occurred_at, departures.occurred_at) as executed_at,
        case
            when booked.occurred_at <= departures.occurred_at
                then departures.event_id || case booked.direction when 'IN' then chr(1) else '' end
            else booked.event_id
        end as tie_breaker,
        booked.signed_quantity,
        1 as new_shares,
        1 as old_shares,
        booked.position_before,
        booked.position_after

    from {{ ref('fact_transfers_booked') }} as booked

    left join {{ ref('stg_security_transfers') }} as departures
        on booked.out_event_id = departures.event_id

),

actions as (

    select
        booked.account_id,
        booked.symbol,
        booked.action_id as event_id,
        case when booked.is_arrival then 'ARRIVAL' else booked.type end as event_type,
        booked.ex_date as event_date,
        coalesce(
            list_position(
                ['SPLIT', 'DIVIDEND', 'RETURN_OF_CAPITAL', 'SPINOFF', 'SYMBOL_CHANGE'], booked.type
            ),
            6
        ) as type_number,
        paid.occurred_at as executed_at,
        coalesce(staged.symbol, booked.symbol) as tie_breaker,
        0 as signed_quantity,
        booked.new_shares,
        booked.old_shares,
        booked.position_before,
        booked.position_after

    from {{ ref('fact_corporate_actions') }} as booked

    left join {{ ref('stg_corporate_actions') }} as staged
        on booked.action_id = staged.action_id

    left join {{ ref('stg_cash_events') }} as paid
        on booked.action_id = paid.action_id

),

events as (

    select * from trades

    union all

    select * from transfers

    union all

    select * from actions

),

stepped as (

    select
        *,
        lag(position_after, 1, 0) over history as previous_position,
        (lag(position_after, 1, 0) over history * 100000000)::hugeint as previous_units

    from events

    window history as (
        partition by account_id, symbol
        order by event_date, type_number, executed_at, tie_breaker, event_id, event_type
    )

),

-- Half away from zero, in whole units of the last decimal.
expected as (

    select
        *,
        case
            when event_type in ('ARRIVAL', 'SYMBOL_CHANGE') then position_after
            when event_type = 'SPLIT'
                then (
                    sign(previous_units)
                    * ((2 * abs(previous_units) * new_shares + old_shares) // (2 * old_shares))
                )::decimal(28, 0) * 0.00000001
            when event_type = 'CASH_IN_LIEU' then floor(previous_position)
            else previous_position + signed_quantity
        end as expected_position

    from stepped

)

select
    account_id,
    symbol,
    event_type,
    event_id,
    previous_position,
    position_before,
    expected_position,
    position_after

from expected

where
    not coalesce(position_after = expected_position, false)
    or position_before <> previous_position
