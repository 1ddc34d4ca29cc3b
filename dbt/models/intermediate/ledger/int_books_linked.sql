{{ config(materialized='table') }}

with recursive

links as (

    select distinct
        links.transfer_id,
        links.account_id,
        chained.chain_id

    from {{ ref('stg_transfer_links') }} as links

    inner join {{ ref('int_symbols_chained') }} as chained
        on links.symbol = chained.symbol

),

accounts_linked as (

    select distinct
        links.chain_id,
        links.account_id,
        peers.account_id as linked_account_id

    from links

    inner join links as peers
        on links.transfer_id = peers.transfer_id
        and links.chain_id = peers.chain_id

),

-- Accounts that pass shares of a chain on to each other, directly or not.
reached as (

    select
        chain_id,
        account_id,
        linked_account_id as reached_account_id

    from accounts_linked

    union

    select
        reached.chain_id,
        reached.account_id,
        accounts_linked.linked_account_id as reached_account_id

    from reached

    inner join accounts_linked
        on reached.chain_id = accounts_linked.chain_id
        and reached.reached_account_id = accounts_linked.account_id

),

linked as (

    select
        ---------- grain
        account_id,
        chain_id,

        ---------- ids
        min(reached_account_id) as first_account_id

    from reached

    group by account_id, chain_id

)

select * from linked
