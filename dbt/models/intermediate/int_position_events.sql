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
    from {{ ref('int_corporate_actions_judged') }}

    where refusal is null

),

chains_changed as (

    select
        account_id,
        chain_id

    from {{ ref('int_chains_changed') }}

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

holders as (

    select
        account_id,
        chain_id,
        min(trade_date) as first_date

    from trades_accepted

    group by account_id, chain_id

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
        side,
        quantity,
        signed_quantity,
        price,
        fees

    from trades_accepted

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

-- Of one day a split comes first, a change of symbol last of the actions, and the trades after it;
-- several actions of one kind go by action_id.
numbered as (

    select
        *,
        row_number() over (
            partition by account_id, chain_id
            order by
                event_date,
                list_position(
                    ['SPLIT', 'DIVIDEND', 'RETURN_OF_CAPITAL', 'SPINOFF', 'SYMBOL_CHANGE'], type
                ) nulls last,
                executed_at,
                coalesce(trade_id, symbol),
                action_id
        ) as event_number

    from all_events

),

sequenced as (

    select
        ---------- grain
        row_number() over (order by account_id, chain_id, event_number) as event_row,

        ---------- ids
        account_id,
        chain_id,
        symbol,
        trade_id,
        action_id,
        new_symbol,

        ---------- attributes
        type,
        side,
        executed_at,
        event_date,

        ---------- measures
        event_number::integer as event_number,
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
