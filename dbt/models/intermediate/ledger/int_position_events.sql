{{ config(materialized='table') }}

with

trades as (

    select
        trade_id,
        account_id,
        symbol,
        side,
        currency,
        quantity,
        signed_quantity,
        price,
        fees,
        executed_at,
        trade_date

    from {{ ref('int_trades_dated') }}

),

symbols as (

    select
        named.symbol,
        named.currency,
        named.multiplier::double as multiplier,
        chained.chain_id

    from {{ ref('int_symbols_named') }} as named

    inner join {{ ref('int_symbols_chained') }} as chained
        on named.symbol = chained.symbol

),

accounts as (

    select
        account_id,
        base_currency,
        calendar

    from {{ ref('int_accounts_named') }}

),

calendar_dates as (

    select
        calendar,
        date,
        begins_at,
        ends_at

    from {{ ref('int_calendar_dates') }}

),

cash_in_lieu as (

    select
        account_id,
        symbol,
        currency,
        action_id,
        occurred_at,
        amount

    from {{ ref('stg_cash_events') }}

    where action_id is not null

),

actions as (

    select *
    from {{ ref('int_corporate_actions_validated') }}

    where rejection_reason is null

),

transfers as (

    select *
    from {{ ref('int_security_transfers_paired') }}

),

chains_changed as (

    select
        account_id,
        chain_id

    from {{ ref('int_chains_changed') }}

),

books_linked as (

    select
        account_id,
        chain_id,
        first_account_id

    from {{ ref('int_books_linked') }}

),

-- A trade in another currency than its instrument's is no trade of that instrument.
trades_accepted as (

    select
        trades.*,
        symbols.chain_id

    from trades

    inner join symbols
        on trades.symbol = symbols.symbol

    semi join chains_changed
        on trades.account_id = chains_changed.account_id
        and symbols.chain_id = chains_changed.chain_id

    where coalesce(trades.currency, symbols.currency) = symbols.currency

),

transfers_accepted as (

    select
        transfers.*,
        symbols.chain_id

    from transfers

    inner join symbols
        on transfers.symbol = symbols.symbol

    semi join chains_changed
        on transfers.account_id = chains_changed.account_id
        and symbols.chain_id = chains_changed.chain_id

),

events as (

    select
        account_id,
        chain_id,
        symbol,
        'TRADE' as type,
        trade_date as event_date,
        executed_at,
        trade_id,
        trade_id as order_key,
        side,
        quantity,
        signed_quantity,
        price,
        fees

    from trades_accepted

    union all by name

    select
        account_id,
        chain_id,
        symbol,
        'TRANSFER' as type,
        transfer_date as event_date,
        effective_at as executed_at,
        event_id as transfer_event_id,
        out_event_id,
        order_key,
        is_right_after,
        quantity,
        signed_quantity,
        cost_per_share as price

    from transfers_accepted

),

holders as (

    select
        account_id,
        chain_id,
        min(event_date) as first_date

    from events

    group by account_id, chain_id

),

-- An action stands at the midnight that begins its ex-date: whoever held something by then has it.
actions_held as (

    select
        holders.account_id,
        holders.chain_id,
        actions.symbol,
        actions.type,
        actions.ex_date as event_date,
        actions.action_id,
        actions.new_symbol,
        actions.new_shares,
        actions.old_shares,
        actions.moved_cost_ratio,
        actions.unit_scale_ratio

    from actions

    inner join symbols
        on actions.symbol = symbols.symbol

    inner join holders
        on symbols.chain_id = holders.chain_id
        and actions.ex_date > holders.first_date

),

-- What pays for the fraction that an action left takes it away, as a sale at its own moment.
fractions_paid as (

    select
        cash_in_lieu.account_id,
        symbols.chain_id,
        cash_in_lieu.symbol,
        'CASH_IN_LIEU' as type,
        {{ market_date('cash_in_lieu.occurred_at', 'calendar_dates') }} as event_date,
        cash_in_lieu.occurred_at as executed_at,
        cash_in_lieu.action_id,
        cash_in_lieu.amount::double / symbols.multiplier as lieu_amount

    from cash_in_lieu

    inner join accounts
        on cash_in_lieu.account_id = accounts.account_id

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and cash_in_lieu.occurred_at::date = calendar_dates.date

    inner join symbols
        on cash_in_lieu.symbol = symbols.symbol
        and coalesce(cash_in_lieu.currency, accounts.base_currency) = symbols.currency

    semi join chains_changed
        on cash_in_lieu.account_id = chains_changed.account_id
        and symbols.chain_id = chains_changed.chain_id

),

all_events as (

    select * from events

    union all by name

    select * from fractions_paid

    union all by name

    select * from actions_held

),

-- Books that transfers ever linked are replayed as one.
events_linked as (

    select
        all_events.*,
        coalesce(books_linked.first_account_id, all_events.account_id) as first_account_id

    from all_events

    left join books_linked
        on all_events.account_id = books_linked.account_id
        and all_events.chain_id = books_linked.chain_id

),

-- Trades and transfers of a day come after its actions; several actions of one kind go by
-- action_id, a trade before a leg of the same id.
numbered as (

    select
        *,
        row_number() over (
            partition by first_account_id, chain_id
            order by
                event_date,
                {{ action_order('type') }} nulls last,
                executed_at,
                coalesce(order_key, symbol),
                action_id,
                coalesce(is_right_after, false),
                type,
                account_id
        ) as event_number

    from events_linked

),

sequenced as (

    select
        ---------- grain
        first_account_id,
        chain_id,
        event_number::integer as event_number,

        ---------- ids
        account_id,
        symbol,
        trade_id,
        action_id,
        transfer_event_id,
        out_event_id,
        new_symbol,

        ---------- attributes
        type,
        side,
        executed_at,
        event_date,

        ---------- measures
        quantity,
        signed_quantity,
        price,
        fees,
        new_shares,
        old_shares,
        moved_cost_ratio,
        unit_scale_ratio,
        lieu_amount

    from numbered

)

select * from sequenced
