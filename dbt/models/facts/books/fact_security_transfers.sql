with

booked as (

    select *
    from {{ ref('fact_transfers_booked') }}

),

positions as (

    select
        account_id,
        symbol,
        value_date,
        close_price,
        fx_rate

    from {{ ref('fact_positions_daily') }}

),

symbols as (

    select
        symbol,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

splits as (

    select
        symbol,
        ex_date,
        new_shares::double / old_shares as split_ratio

    from {{ ref('int_corporate_actions_validated') }}

    where
        type = 'SPLIT'
        and rejection_reason is null

),

-- A transfer of a closed day is valued on the next open one, in the shares of that day.
split_since as (

    select
        booked.event_id,
        {{ product('splits.split_ratio', order_by='splits.split_ratio') }} as split_ratio

    from booked

    inner join splits
        on booked.symbol = splits.symbol
        and booked.transfer_date < splits.ex_date
        and booked.value_date >= splits.ex_date

    group by booked.event_id

),

-- Without any close what is transferred counts at its cost, as what is held does.
valued as (

    select
        booked.*,
        positions.close_price,
        positions.fx_rate,
        case
            when positions.account_id is null then null
            when positions.close_price is null then booked.local_cost
            else
                booked.signed_quantity::double
                * coalesce(split_since.split_ratio, 1)
                * positions.close_price::double
                * symbols.multiplier
        end as local_market_value

    from booked

    inner join symbols
        on booked.symbol = symbols.symbol

    left join split_since
        on booked.event_id = split_since.event_id

    left join positions
        on booked.account_id = positions.account_id
        and booked.symbol = positions.symbol
        and booked.value_date = positions.value_date

),

transferred as (

    select
        ---------- grain
        event_id,

        ---------- ids
        account_id,
        symbol,
        transfer_id,

        ---------- attributes
        direction,
        currency,
        occurred_at,
        transfer_date,
        value_date,
        acquired_date,

        ---------- measures
        quantity,
        signed_quantity,
        close_price,
        fx_rate,
        local_cost,
        local_market_value,
        {{ in_currency('local_cost', 'fx_rate') }} as cost_basis,
        {{ in_currency('local_market_value', 'fx_rate') }} as market_value,
        position_after,
        avg_cost_after,
        realized_pnl,

        ---------- flags
        out_event_id is not null as is_paired,
        case
            when {{ is_cancelled_leg(
                'transfer_id', "'TRANSFER_' || direction", 'signed_quantity', 'same_transfer'
            ) }} then false
            else true
        end as is_external_flow

    from valued

    window same_transfer as (partition by account_id, transfer_id, symbol, value_date)

)

select * from transferred
