-- Only what is corrected or cancelled can be an orphan: the many events received once are not read.
with

trades_restated as (

    select trade_id
    from {{ source('raw', 'raw_trades') }}

    where event_type <> 'NEW'

),

trades as (

    select received.*
    from {{ source('raw', 'raw_trades') }} as received

    semi join trades_restated as restated
        on received.trade_id = restated.trade_id

),

cash_events_restated as (

    select event_id
    from {{ source('raw', 'raw_cash_events') }}

    where event_type <> 'NEW'

),

cash_events as (

    select received.*
    from {{ source('raw', 'raw_cash_events') }} as received

    semi join cash_events_restated as restated
        on received.event_id = restated.event_id

),

security_transfers_restated as (

    select event_id
    from {{ source('raw', 'raw_security_transfers') }}

    where event_type <> 'NEW'

),

security_transfers as (

    select received.*
    from {{ source('raw', 'raw_security_transfers') }} as received

    semi join security_transfers_restated as restated
        on received.event_id = restated.event_id

),

corporate_actions_restated as (

    select
        symbol,
        ex_date,
        type,
        action_id
    from {{ source('raw', 'raw_corporate_actions') }}

    where event_type <> 'NEW'

),

corporate_actions as (

    select received.*
    from {{ source('raw', 'raw_corporate_actions') }} as received

    semi join corporate_actions_restated as restated
        on received.symbol = restated.symbol
        and received.ex_date = restated.ex_date
        and received.type = restated.type
        and received.action_id = restated.action_id

),

states as (

    select
        'trade' as kind,
        trade_id as event_key,
        account_id,
        symbol,
        executed_at::date as event_date,
        event_type,
        version

    from trades

    union all

    select
        'cash_event' as kind,
        event_id as event_key,
        account_id,
        null as symbol,
        timestamp::date as event_date,
        event_type,
        version

    from cash_events

    union all

    select
        'security_transfer' as kind,
        event_id as event_key,
        account_id,
        symbol,
        timestamp::date as event_date,
        event_type,
        version

    from security_transfers

    union all

    select
        'corporate_action' as kind,
        concat_ws('|', symbol, ex_date, type, nullif(action_id, '')) as event_key,
        null as account_id,
        symbol,
        ex_date as event_date,
        event_type,
        version

    from corporate_actions

),

orphans as (

    select
        ---------- grain
        kind,
        event_key,

        ---------- attributes
        max_by(account_id, version) as account_id,
        max_by(symbol, version) as symbol,
        max_by(event_date, version) as event_date,
        max_by(event_type, version) as event_type

    from states

    group by kind, event_key

    having not bool_or(event_type = 'NEW')

)

select * from orphans
