with recursive

trades as (

    select *
    from {{ ref('int_trades_sequenced') }}

),

accounts as (

    select
        account_id,
        calendar

    from {{ ref('dim_account') }}

),

symbols as (

    select
        symbol,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

calendar_dates as (

    select
        calendar,
        date,
        value_date

    from {{ ref('int_calendar_dates') }}

),

lots_closed as (

    select
        close_trade_id,
        {{ exact_sum('realized_pnl') }} as realized_pnl_fifo

    from {{ ref('fact_lot_matches') }}

    group by close_trade_id

),

-- Each step takes the next trade of every position at once.
positions_stepped as (

    select
        trades.trade_id,
        trades.account_id,
        trades.symbol,
        trades.trade_number,
        trades.signed_quantity::decimal(28, 8) as position_after,
        trades.price::double as avg_cost_after,
        0::double as realized_before_multiplier

    from trades

    where trades.trade_number = 1

    union all

    select
        trades.trade_id,
        trades.account_id,
        trades.symbol,
        trades.trade_number,
        (held.position_after + trades.signed_quantity)::decimal(28, 8) as position_after,
        {{ average_cost_after(
            'held.position_after', 'held.avg_cost_after', 'trades.signed_quantity', 'trades.price'
        ) }} as avg_cost_after,
        {{ realized_by_average_cost(
            'held.position_after', 'held.avg_cost_after', 'trades.signed_quantity', 'trades.price'
        ) }} as realized_before_multiplier

    from positions_stepped as held

    inner join trades
        on held.trade_number + 1 = trades.trade_number
        and held.account_id = trades.account_id
        and held.symbol = trades.symbol

),

booked as (

    select
        ---------- grain
        trades.trade_id,

        ---------- ids
        trades.account_id,
        trades.symbol,

        ---------- attributes
        trades.side,
        trades.executed_at,
        trades.trade_date,
        calendar_dates.value_date,

        ---------- measures
        trades.trade_number::integer as trade_number,
        trades.quantity,
        trades.signed_quantity::decimal(28, 8) as signed_quantity,
        trades.price,
        trades.fees,
        {{ trade_cash_effect(
            'trades.signed_quantity', 'trades.price', 'symbols.multiplier', 'trades.fees'
        ) }} as cash_effect_amount,
        positions_stepped.position_after,
        positions_stepped.avg_cost_after,
        positions_stepped.realized_before_multiplier * symbols.multiplier as realized_pnl,
        coalesce(lots_closed.realized_pnl_fifo, 0) as realized_pnl_fifo

    from trades

    inner join positions_stepped
        on trades.trade_id = positions_stepped.trade_id

    left join lots_closed
        on trades.trade_id = lots_closed.close_trade_id

    inner join accounts
        on trades.account_id = accounts.account_id

    inner join symbols
        on trades.symbol = symbols.symbol

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and trades.trade_date = calendar_dates.date

)

select * from booked
