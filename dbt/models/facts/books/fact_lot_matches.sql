{{ config(materialized='view') }}

with

matches as (

    select
        ---------- grain
        account_id,
        close_trade_id,
        close_action_id,
        piece_number,

        ---------- ids
        symbol,
        open_trade_id,

        ---------- attributes
        cost_method,

        ---------- measures
        quantity,
        open_price,
        close_price,
        realized_pnl,

        ---------- flags
        is_short

    from {{ ref('fact_closed_lots') }}

    where cost_method = 'FIFO'

)

select * from matches
