-- depends_on: {{ ref('int_positions_replayed') }}
{{ config(materialized='incremental', meta={'changed_by': {'int_positions_replayed': none}}) }}

with

pieces as (

    select
        cost_method,
        first_account_id,
        chain_id,
        event_number,
        open_event_number,
        close_event_number,
        entry_number,
        quantity,
        unit_cost,
        close_price,
        realized,
        is_short

    from {{ ref('int_position_ledger_kernel') }}

    where entry = 'closed_lot'

),

events as (

    select
        first_account_id,
        chain_id,
        event_number,
        account_id,
        symbol,
        new_symbol,
        {{ opener_id('trade_id', 'transfer_event_id') }} as trade_id,
        coalesce(action_id, {{ leg_id('transfer_event_id') }}) as action_id,
        event_date

    from {{ ref('int_position_events') }}

),

symbols as (

    select
        symbol,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

-- What closes is a trade, cash in lieu of a fraction, or a lot that another symbol or account
-- passed on to a position of the other side. Capital returned closes nothing, and realises what
-- exceeds the cost.
closed as (

    select
        ---------- grain
        pieces.cost_method,
        events.account_id,
        coalesce(closings.trade_id, '') as close_trade_id,
        coalesce(events.action_id, '') as close_action_id,
        pieces.entry_number as piece_number,

        ---------- ids
        symbols.symbol,
        openings.trade_id as open_trade_id,

        ---------- measures
        pieces.quantity,
        pieces.unit_cost::decimal(28, 10) as open_price,
        -- What is paid for a sliver may be more for a whole share than a price can hold.
        try_cast(pieces.close_price as decimal(28, 10)) as close_price,
        coalesce(
            pieces.realized,
            pieces.quantity::double
            * case
                when pieces.is_short then pieces.unit_cost - pieces.close_price
                else pieces.close_price - pieces.unit_cost
            end
        ) * symbols.multiplier as realized_pnl,

        ---------- flags
        pieces.is_short

    from pieces

    inner join events
        on pieces.first_account_id = events.first_account_id
        and pieces.chain_id = events.chain_id
        and pieces.event_number = events.event_number

    inner join events as openings
        on pieces.first_account_id = openings.first_account_id
        and pieces.chain_id = openings.chain_id
        and pieces.open_event_number = openings.event_number

    inner join events as closings
        on pieces.first_account_id = closings.first_account_id
        and pieces.chain_id = closings.chain_id
        and pieces.close_event_number = closings.event_number

    inner join symbols
        on coalesce(events.new_symbol, events.symbol) = symbols.symbol

)

select * from closed
