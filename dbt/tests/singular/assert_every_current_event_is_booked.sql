-- A returned row is an event that staging holds and the books lost or invented: a trade, a cash
-- event, a transfer, and an action of every position that it met, unless it is found to be
-- unbookable. Of a spin-off that is less than a unit there is nothing to book.
with

unbookable as (

    select
        record_type,
        record_id

    from {{ ref('fact_booking_exceptions') }}

    where not is_booked

),

actions as (

    select
        *,
        row(
            ex_date,
            list_position(
                ['SPLIT', 'DIVIDEND', 'RETURN_OF_CAPITAL', 'SPINOFF', 'SYMBOL_CHANGE'], type
            ),
            timestamp '1900-01-01',
            symbol,
            type
        ) as place

    from {{ ref('int_corporate_actions_validated') }}

),

-- A state stands where its event does: actions before the trades and transfers of their day.
states as (

    select
        account_id,
        symbol,
        row(trade_date, 6, executed_at, trade_id, 'TRADE') as place,
        position_after

    from {{ ref('fact_trades') }}

    union all

    select
        booked.account_id,
        booked.symbol,
        row(
            booked.transfer_date,
            6,
            paired.effective_at,
            paired.order_key || case when paired.is_right_after then chr(1) else '' end,
            'TRANSFER'
        ) as place,
        booked.position_after

    from {{ ref('fact_transfers_booked') }} as booked

    inner join {{ ref('int_security_transfers_paired') }} as paired
        on booked.event_id = paired.event_id

    union all

    select
        booked.account_id,
        booked.symbol,
        actions.place,
        booked.position_after

    from {{ ref('fact_corporate_actions') }} as booked

    inner join actions
        on booked.action_id = actions.action_id

    union all

    select
        booked.account_id,
        booked.symbol,
        row(booked.ex_date, 6, paid.occurred_at, booked.symbol, booked.type) as place,
        booked.position_after

    from {{ ref('fact_corporate_actions') }} as booked

    inner join {{ ref('stg_cash_events') }} as paid
        on booked.action_id = paid.action_id

),

-- What the action met: the last state before it.
positions_met as (

    select
        actions.action_id,
        states.account_id,
        any_value(actions.type) = 'SPINOFF'
        and abs(max_by(states.position_after, states.place)::double)
        * any_value(actions.new_shares) / any_value(actions.old_shares) < 0.5e-8 as moves_nothing

    from actions

    inner join states
        on actions.symbol = states.symbol
        and actions.place > states.place

    anti join unbookable
        on unbookable.record_type = 'corporate_action'
        and actions.action_id = unbookable.record_id

    group by actions.action_id, states.account_id

    having max_by(states.position_after, states.place) <> 0

),

booked as (

    select
        'trade' as kind,
        trade_id as id

    from {{ ref('fact_trades') }}

    union all

    select
        'cash event' as kind,
        event_id as id

    from {{ ref('fact_cash_events') }}

    union all

    select
        'security transfer' as kind,
        event_id as id

    from {{ ref('fact_security_transfers') }}

    union all

    select
        'corporate action' as kind,
        actions.action_id || ' of ' || actions.account_id as id

    from {{ ref('fact_corporate_actions') }} as actions

    anti join positions_met
        on positions_met.moves_nothing
        and actions.action_id = positions_met.action_id
        and actions.account_id = positions_met.account_id

    where
        not actions.is_arrival
        and actions.type <> 'CASH_IN_LIEU'

    union all

    select
        'cash in lieu' as kind,
        action_id as id

    from {{ ref('fact_corporate_actions') }}

    where type = 'CASH_IN_LIEU'

),

due as (

    select
        'trade' as kind,
        trades.trade_id as id

    from {{ ref('stg_trades') }} as trades

    anti join unbookable
        on unbookable.record_type = 'trade'
        and trades.trade_id = unbookable.record_id

    union all

    select
        'cash event' as kind,
        cash_events.event_id as id

    from {{ ref('stg_cash_events') }} as cash_events

    anti join unbookable
        on unbookable.record_type = 'cash_event'
        and cash_events.event_id = unbookable.record_id

    union all

    select
        'security transfer' as kind,
        transfers.event_id as id

    from {{ ref('stg_security_transfers') }} as transfers

    anti join unbookable
        on unbookable.record_type = 'security_transfer'
        and transfers.event_id = unbookable.record_id

    union all

    select
        'corporate action' as kind,
        action_id || ' of ' || account_id as id

    from positions_met

    where not moves_nothing

    union all

    select
        'cash in lieu' as kind,
        paid.action_id as id

    from {{ ref('stg_cash_events') }} as paid

    anti join {{ ref('fact_booking_exceptions') }} as exceptions
        on exceptions.record_type = 'cash_event'
        and exceptions.reason = 'cash in lieu of no fraction held in its currency: cash alone'
        and paid.event_id = exceptions.record_id

    where paid.action_id is not null

)

select
    coalesce(due.kind, booked.kind) as kind,
    coalesce(due.id, booked.id) as id,
    due.id is not null as is_due,
    booked.id is not null as is_booked

from due

full outer join booked
    on due.kind = booked.kind
    and due.id = booked.id

where due.id is null or booked.id is null
