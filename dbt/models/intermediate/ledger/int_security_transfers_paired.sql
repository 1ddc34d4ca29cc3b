{{ config(materialized='table') }}

with

legs as (

    select
        event_id,
        account_id,
        symbol,
        transfer_id,
        direction,
        occurred_at,
        transfer_date,
        acquired_at,
        quantity,
        signed_quantity,
        cost_per_share,
        transfer_id is not null
        and count_if(direction = 'IN') over same_transfer = 1
        and count_if(direction = 'OUT') over same_transfer = 1 as has_one_of_each

    from {{ ref('int_security_transfers_dated') }}

    window same_transfer as (partition by transfer_id, symbol)

),

splits as (

    select
        symbol,
        ex_date

    from {{ ref('int_corporate_actions_validated') }}

    where
        type = 'SPLIT'
        and rejection_reason is null

),

-- What arrives on an earlier day than it leaves cannot bring lots, nor what a split has made other
-- shares of: each leg then stands alone.
pairs as (

    select
        arrivals.event_id as in_event_id,
        departures.event_id as out_event_id,
        departures.occurred_at

    from legs as arrivals

    inner join legs as departures
        on arrivals.transfer_id = departures.transfer_id
        and arrivals.symbol = departures.symbol
        and arrivals.quantity = departures.quantity
        and arrivals.transfer_date >= departures.transfer_date
        and departures.has_one_of_each
        and departures.direction = 'OUT'

    anti join splits
        on arrivals.symbol = splits.symbol
        and departures.transfer_date < splits.ex_date
        and arrivals.transfer_date >= splits.ex_date

    where arrivals.has_one_of_each and arrivals.direction = 'IN'

),

-- A leg that arrives at the moment its other leg leaves, or earlier that day, comes right after it.
paired as (

    select
        ---------- grain
        legs.event_id,

        ---------- ids
        legs.account_id,
        legs.symbol,
        legs.transfer_id,
        coalesce(pairs.out_event_id, departures.out_event_id) as out_event_id,

        ---------- attributes
        legs.direction,
        legs.occurred_at,
        legs.transfer_date,
        legs.acquired_at,
        greatest(legs.occurred_at, pairs.occurred_at) as effective_at,
        case
            when legs.occurred_at <= pairs.occurred_at then pairs.out_event_id
            else legs.event_id
        end as order_key,

        ---------- measures
        legs.quantity,
        legs.signed_quantity,
        legs.cost_per_share,

        ---------- flags
        coalesce(legs.occurred_at <= pairs.occurred_at, false) as is_right_after

    from legs

    left join pairs
        on legs.event_id = pairs.in_event_id

    left join pairs as departures
        on legs.event_id = departures.out_event_id

)

select * from paired
