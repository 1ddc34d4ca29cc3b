{{ config(materialized='table') }}

with

chains_changed as (

    select
        account_id,
        chain_id,
        first_changed_date

    from {{ ref('int_chains_changed') }}

),

chains as (

    select
        symbol,
        chain_id

    from {{ ref('int_symbols_chained') }}

),

replayed as (

    select
        ---------- grain
        chains_changed.account_id,
        chains.symbol,

        ---------- attributes
        chains_changed.first_changed_date

    from chains_changed

    inner join chains
        on chains_changed.chain_id = chains.chain_id

)

select * from replayed
