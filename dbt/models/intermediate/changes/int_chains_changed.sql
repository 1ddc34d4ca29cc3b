{{ config(materialized='table') }}

with

new_rows as (

    select
        kind,
        account_id,
        symbol,
        first_date

    from {{ ref('stg_new_events') }}

),

chains as (

    select
        symbol,
        chain_id

    from {{ ref('int_symbols_chained') }}

),

trades as (

    select
        account_id,
        symbol,
        trade_date

    from {{ ref('int_trades_dated') }}

    union all

    -- On the clock of its market it may be of the next day.
    select
        account_id,
        symbol,
        occurred_at::date + 1 as trade_date

    from {{ ref('stg_cash_events') }}

    where action_id is not null

),

transfers as (

    select
        account_id,
        symbol,
        transfer_date,
        cost_per_share

    from {{ ref('int_security_transfers_dated') }}

),

books_linked as (

    select
        account_id,
        chain_id,
        first_account_id

    from {{ ref('int_books_linked') }}

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
        value_date

    from {{ ref('int_calendar_dates') }}

),

new_valuation_days as (

    select first_new_date
    from {{ ref('int_new_valuation_days') }}

),

symbols as (

    select
        symbol,
        currency

    from {{ ref('int_symbols_named') }}

),

actions as (

    select
        chains.chain_id,
        max(validated.ex_date) as last_ex_date,
        bool_or(validated.currency <> validated.instrument_currency) as is_paid_abroad

    from {{ ref('int_corporate_actions_validated') }} as validated

    inner join chains
        on validated.symbol = chains.symbol

    group by chains.chain_id

),

holdings as (

    select
        account_id,
        symbol,
        trade_date as event_date

    from trades

    union all

    select
        account_id,
        symbol,
        transfer_date as event_date

    from transfers

),

holders as (

    select
        holdings.account_id,
        any_value(accounts.calendar) as calendar,
        chains.chain_id,
        greatest(max(holdings.event_date), max(actions.last_ex_date)) as last_event_date,
        bool_or(
            symbols.currency <> accounts.base_currency or coalesce(actions.is_paid_abroad, false)
        ) as is_foreign

    from holdings

    inner join chains
        on holdings.symbol = chains.symbol

    inner join symbols
        on holdings.symbol = symbols.symbol

    inner join accounts
        on holdings.account_id = accounts.account_id

    left join actions
        on chains.chain_id = actions.chain_id

    group by holdings.account_id, chains.chain_id

),

-- What was realised is converted on value dates: a rate or a day gained until then changes it.
holders_dated as (

    select
        holders.*,
        calendar_dates.value_date as last_value_date

    from holders

    inner join calendar_dates
        on holders.calendar = calendar_dates.calendar
        and holders.last_event_date = calendar_dates.date

),

-- A trade or transfer changes its own books, an action the books of all who ever held the symbol, a
-- rate what was realised in foreign money from its day on, a day gained what was realised after the
-- last one.
changes as (

    select
        new_rows.account_id,
        chains.chain_id,
        new_rows.first_date

    from new_rows

    inner join chains
        on new_rows.symbol = chains.symbol

    where new_rows.kind in ('trade', 'cash_in_lieu', 'security_transfer')

    union all

    select
        holders.account_id,
        holders.chain_id,
        new_rows.first_date

    from new_rows

    inner join chains
        on new_rows.symbol = chains.symbol

    inner join holders
        on chains.chain_id = holders.chain_id

    where new_rows.kind = 'corporate_action'

    union all

    select
        holders_dated.account_id,
        holders_dated.chain_id,
        new_rows.first_date

    from new_rows

    inner join holders_dated
        on new_rows.first_date <= holders_dated.last_value_date
        and holders_dated.is_foreign

    where new_rows.kind = 'fx_rate'

    union all

    select
        holders_dated.account_id,
        holders_dated.chain_id,
        new_valuation_days.first_new_date as first_date

    from new_valuation_days

    inner join holders_dated
        on new_valuation_days.first_new_date <= holders_dated.last_value_date

),

-- What arrives by a transfer without a cost of its own costs the close of the day.
changes_with_prices as (

    select * from changes

    union all

    select
        transfers.account_id,
        chains.chain_id,
        transfers.transfer_date as first_date

    from transfers

    inner join chains
        on transfers.symbol = chains.symbol

    inner join new_rows
        on transfers.symbol = new_rows.symbol
        and transfers.transfer_date >= new_rows.first_date

    where
        new_rows.kind = 'price'
        and transfers.cost_per_share is null

),

-- Books that transfers link are replayed as one.
changes_linked as (

    select * from changes_with_prices

    union all

    select
        members.account_id,
        members.chain_id,
        changes_with_prices.first_date

    from changes_with_prices

    inner join books_linked
        on changes_with_prices.account_id = books_linked.account_id
        and changes_with_prices.chain_id = books_linked.chain_id

    inner join books_linked as members
        on books_linked.first_account_id = members.first_account_id
        and books_linked.chain_id = members.chain_id

),

changed as (

    select
        ---------- grain
        account_id,
        chain_id,

        ---------- attributes
        min(first_date) as first_changed_date

    from changes_linked

    group by account_id, chain_id

)

select * from changed
