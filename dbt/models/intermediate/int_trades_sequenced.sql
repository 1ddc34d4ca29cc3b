-- Sorted by trade_number: the ledger reads one number at a time and skips the rest of the table.
{{ config(materialized='table') }}

with

trades as (

    select
        trade_id,
        account_id,
        symbol,
        side,
        quantity,
        signed_quantity,
        price,
        fees,
        executed_at

    from {{ ref('stg_trades') }}

),

sequenced as (

    select
        ---------- grain
        trade_id,

        ---------- ids
        account_id,
        symbol,

        ---------- attributes
        side,
        executed_at,
        executed_at::date as trade_date,

        ---------- measures
        quantity,
        signed_quantity,
        price,
        fees,
        row_number() over (
            partition by account_id, symbol
            order by executed_at, trade_id
        ) as trade_number

    from trades

)

select * from sequenced
order by trade_number, account_id, symbol
