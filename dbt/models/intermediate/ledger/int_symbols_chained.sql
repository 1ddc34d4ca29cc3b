{{ config(materialized='table') }}

with recursive

links as (

    select
        symbol,
        linked_symbol

    from {{ ref('stg_symbol_links') }}

),

links_both_ways as (

    select * from links

    union

    select
        linked_symbol as symbol,
        symbol as linked_symbol

    from links

),

-- Symbols that pass holdings on to each other keep their books together. One that nobody
-- names any more, since its last event was cancelled, has books to forget.
reached as (

    select
        symbol,
        symbol as reached_symbol

    from {{ ref('int_symbols_named') }}

    union

    select
        symbol,
        symbol as reached_symbol

    from links_both_ways

    union

    select
        symbol,
        symbol as reached_symbol

    from {{ ref('stg_new_events') }}

    where symbol is not null

    union

    select
        reached.symbol,
        links_both_ways.linked_symbol as reached_symbol

    from reached

    inner join links_both_ways
        on reached.reached_symbol = links_both_ways.symbol

),

chained as (

    select
        ---------- grain
        symbol,

        ---------- ids
        min(reached_symbol) as chain_id

    from reached

    group by symbol

)

select * from chained
