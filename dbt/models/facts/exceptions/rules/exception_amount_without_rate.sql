with

accounts as (

    select
        account_id,
        base_currency

    from {{ ref('dim_account') }}

),

amounts as (

    select
        'trade' as record_type,
        trades.trade_id as record_id,
        trades.account_id,
        trades.symbol,
        trades.value_date,
        trades.currency

    from {{ ref('fact_trades') }} as trades

    inner join accounts
        on trades.account_id = accounts.account_id
        and trades.currency <> accounts.base_currency

    union all

    select
        'cash_event' as record_type,
        event_id as record_id,
        account_id,
        null as symbol,
        value_date,
        currency

    from {{ ref('fact_cash_events') }}

    union all

    select
        'corporate_action' as record_type,
        actions.action_id as record_id,
        actions.account_id,
        actions.symbol,
        actions.value_date,
        actions.currency

    from {{ ref('fact_corporate_actions') }} as actions

    inner join {{ ref('dim_symbol') }} as symbols
        on actions.symbol = symbols.symbol
        and actions.currency <> symbols.currency

    union all

    select
        'security_transfer' as record_type,
        event_id as record_id,
        account_id,
        symbol,
        value_date,
        currency

    from {{ ref('fact_transfers_booked') }}

),

unconverted as (

    select
        amounts.record_type,
        amounts.record_id,
        'no rate of its currency on its day' as reason,
        amounts.account_id,
        amounts.symbol,
        amounts.value_date as event_date,
        true as is_booked

    from amounts

    inner join accounts
        on amounts.account_id = accounts.account_id

    inner join {{ ref('int_last_day_priced') }} as last_day
        on amounts.value_date <= last_day.last_price_date

    anti join {{ ref('fact_fx_rates_daily') }} as rates
        on amounts.currency = rates.base_currency
        and accounts.base_currency = rates.quote_currency
        and amounts.value_date = rates.value_date

)

select * from unconverted
