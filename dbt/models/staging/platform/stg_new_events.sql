with

trades as (

    {{ new_rows('raw_trades', ['trade_id']) }}

),

cash_events as (

    {{ new_rows('raw_cash_events', ['event_id']) }}

),

security_transfers_received as (

    {{ new_rows('raw_security_transfers', ['event_id']) }}

),

-- One leg more or less of a transfer is another matter for all its legs.
security_transfers as (

    select * from security_transfers_received

    union

    select received.*
    from {{ source('raw', 'raw_security_transfers') }} as received

    semi join security_transfers_received as touched
        on received.transfer_id = touched.transfer_id

),

corporate_actions as (

    {{ new_rows('raw_corporate_actions', ['symbol', 'ex_date', 'type']) }}

),

prices as (

    {{ new_rows('raw_prices', ['symbol', 'batch_id']) }}

),

fx_rates as (

    {{ new_rows('raw_fx_rates', ['base_currency', 'quote_currency', 'batch_id']) }}

),

-- Every state of an event that a new row is about: what an old one said may end with it. On the
-- clock of its market a moment can be of the day before or after.
touched as (

    select
        'trade' as kind,
        account_id,
        symbol,
        unnest([executed_at::date - 1, executed_at::date + 1]) as event_date

    from trades

    where event_type <> 'CANCEL'

    union all

    select
        'cash_event' as kind,
        account_id,
        null as symbol,
        unnest([timestamp::date - 1, timestamp::date + 1]) as event_date

    from cash_events

    where event_type <> 'CANCEL'

    union all

    select
        'cash_in_lieu' as kind,
        account_id,
        symbol,
        unnest([timestamp::date - 1, timestamp::date + 1]) as event_date

    from cash_events

    where symbol is not null

    union all

    select
        'security_transfer' as kind,
        account_id,
        symbol,
        unnest([timestamp::date - 1, timestamp::date + 1]) as event_date

    from security_transfers

    where event_type <> 'CANCEL'

    union all

    select
        'corporate_action' as kind,
        null as account_id,
        unnest([symbol, coalesce(new_symbol, symbol)]) as symbol,
        ex_date as event_date

    from corporate_actions

    union all

    select
        'price' as kind,
        null as account_id,
        symbol,
        unnest([
            coalesce(date, timestamp::date - 1), coalesce(date, timestamp::date + 1)
        ]) as event_date

    from prices

    union all

    select
        'fx_rate' as kind,
        null as account_id,
        null as symbol,
        date as event_date

    from fx_rates

),

new_rows as (

    select
        ---------- grain
        kind,
        account_id,
        symbol,

        ---------- attributes
        min(event_date) as first_date,
        max(event_date) as last_date

    from touched

    group by kind, account_id, symbol

)

select * from new_rows
