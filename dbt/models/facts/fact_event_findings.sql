with

trades as (

    select
        trades.trade_id,
        trades.account_id,
        trades.symbol,
        trades.executed_at::date as trade_date

    from {{ ref('stg_trades') }} as trades

    inner join {{ ref('dim_symbol') }} as symbols
        on trades.symbol = symbols.symbol
        and trades.currency <> symbols.currency

),

trades_abroad as (

    select
        trades.trade_id,
        trades.account_id,
        trades.symbol,
        trades.value_date,
        trades.currency

    from {{ ref('fact_trades') }} as trades

    inner join {{ ref('dim_account') }} as dim_account
        on trades.account_id = dim_account.account_id
        and trades.currency <> dim_account.base_currency

),

prices as (

    select
        prices.symbol,
        prices.price_date,
        prices.quoted_at,
        prices.currency

    from {{ ref('stg_prices') }} as prices

    inner join {{ ref('dim_symbol') }} as symbols
        on prices.symbol = symbols.symbol
        and prices.currency <> symbols.currency

),

actions as (

    select
        action_id,
        symbol,
        new_symbol,
        type,
        ex_date,
        refusal

    from {{ ref('int_corporate_actions_judged') }}

),

cash_events as (

    select
        event_id,
        account_id,
        transfer_id,
        type,
        currency,
        value_date

    from {{ ref('fact_cash_events') }}

),

transfers as (

    select
        event_id,
        account_id,
        symbol,
        direction,
        transfer_id,
        occurred_at::date as transfer_date,
        out_event_id,
        cost_per_share,
        quantity

    from {{ ref('int_security_transfers_paired') }}

),

transfers_booked as (

    select
        event_id,
        account_id,
        symbol,
        value_date,
        currency,
        position_before

    from {{ ref('fact_transfers_booked') }}

),

orphans as (

    select *
    from {{ ref('stg_orphaned_states') }}

),

accounts as (

    select
        account_id,
        base_currency

    from {{ ref('dim_account') }}

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date

    from {{ ref('fact_fx_rates_daily') }}

),

last_day as (

    select max(value_date) as last_price_date
    from {{ ref('fact_prices_daily') }}

),

first_priced as (

    select
        symbol,
        min(price_date) as first_date

    from {{ ref('stg_prices') }}

    group by symbol

),

first_heard as (

    select
        symbol,
        min(first_date) as first_date

    from (
        select * from first_priced

        union all

        select
            symbol,
            min(executed_at::date) as first_date

        from {{ ref('stg_trades') }}

        group by symbol
    )

    group by symbol

),

amounts as (

    select
        'trade' as kind,
        trade_id as event_key,
        account_id,
        symbol,
        value_date,
        currency

    from trades_abroad

    union all

    select
        'cash_event' as kind,
        event_id as event_key,
        account_id,
        null as symbol,
        value_date,
        currency

    from cash_events

    union all

    select
        'security_transfer' as kind,
        event_id as event_key,
        account_id,
        symbol,
        value_date,
        currency

    from transfers_booked

),

amounts_unrated as (

    select
        amounts.kind,
        amounts.event_key,
        amounts.account_id,
        amounts.symbol,
        amounts.value_date

    from amounts

    inner join accounts
        on amounts.account_id = accounts.account_id

    inner join last_day
        on amounts.value_date <= last_day.last_price_date

    anti join rates
        on amounts.currency = rates.base_currency
        and accounts.base_currency = rates.quote_currency
        and amounts.value_date = rates.value_date

),

findings as (

    select
        'trade' as kind,
        trade_id as event_key,
        'another currency than its instrument' as reason,
        false as is_booked,
        account_id,
        symbol,
        trade_date as event_date

    from trades

    union all

    select
        'price' as kind,
        concat_ws('|', symbol, coalesce(quoted_at::varchar, price_date::varchar), currency)
            as event_key,
        'another currency than its instrument' as reason,
        false as is_booked,
        null as account_id,
        symbol,
        price_date as event_date

    from prices

    union all

    select
        'corporate_action' as kind,
        action_id as event_key,
        refusal as reason,
        false as is_booked,
        null as account_id,
        symbol,
        ex_date as event_date

    from actions

    where refusal is not null

    union all

    select
        'corporate_action' as kind,
        actions.action_id as event_key,
        'before the first price and trade of its symbol' as reason,
        true as is_booked,
        null as account_id,
        actions.symbol,
        actions.ex_date as event_date

    from actions

    left join first_heard
        on actions.symbol = first_heard.symbol

    where
        actions.refusal is null
        and coalesce(actions.ex_date < first_heard.first_date, true)

    union all

    -- What is held then stands at its cost until there is one.
    select
        'corporate_action' as kind,
        actions.action_id as event_key,
        'new_symbol has no price by then' as reason,
        true as is_booked,
        null as account_id,
        actions.symbol,
        actions.ex_date as event_date

    from actions

    left join first_priced
        on actions.new_symbol = first_priced.symbol

    where
        actions.refusal is null
        and actions.type = 'SYMBOL_CHANGE'
        and coalesce(actions.ex_date < first_priced.first_date, true)

    union all

    -- Changes of one day go by the alphabet; only who told them knows which came first.
    select
        'corporate_action' as kind,
        actions.action_id as event_key,
        'new_symbol changes its own symbol that day' as reason,
        true as is_booked,
        null as account_id,
        actions.symbol,
        actions.ex_date as event_date

    from actions

    semi join actions as changes
        on actions.new_symbol = changes.symbol
        and actions.ex_date = changes.ex_date
        and changes.type = 'SYMBOL_CHANGE'
        and changes.refusal is null

    where
        actions.refusal is null
        and actions.type in ('SPINOFF', 'SYMBOL_CHANGE')

    union all

    select
        kind,
        event_key,
        case event_type
            when 'CANCEL' then 'cancels what nobody told'
            else 'corrects what nobody told'
        end as reason,
        event_type <> 'CANCEL' as is_booked,
        account_id,
        symbol,
        event_date

    from orphans

    union all

    select
        kind,
        event_key,
        'no rate of its currency on its day' as reason,
        true as is_booked,
        account_id,
        symbol,
        value_date as event_date

    from amounts_unrated

    union all

    select
        'cash_event' as kind,
        event_id as event_key,
        'one leg of a conversion without the other' as reason,
        true as is_booked,
        account_id,
        null as symbol,
        value_date as event_date

    from cash_events

    where type in ('FX_IN', 'FX_OUT')

    qualify
        transfer_id is null
        or count(distinct type) over (partition by account_id, transfer_id, value_date) < 2

    union all

    select
        'security_transfer' as kind,
        transfers.event_id as event_key,
        'neither cost_per_share nor a close by its day' as reason,
        false as is_booked,
        transfers.account_id,
        transfers.symbol,
        transfers.transfer_date as event_date

    from transfers

    anti join transfers_booked
        on transfers.event_id = transfers_booked.event_id

    union all

    select
        'security_transfer' as kind,
        transfers.event_id as event_key,
        'no cost_per_share: booked at the close' as reason,
        true as is_booked,
        transfers.account_id,
        transfers.symbol,
        transfers.transfer_date as event_date

    from transfers

    semi join transfers_booked
        on transfers.event_id = transfers_booked.event_id

    where
        transfers.direction = 'IN'
        and transfers.out_event_id is null
        and transfers.cost_per_share is null

    union all

    select
        'security_transfer' as kind,
        event_id as event_key,
        'one leg of a transfer without the other' as reason,
        true as is_booked,
        account_id,
        symbol,
        transfer_date as event_date

    from transfers

    where
        transfer_id is not null
        and out_event_id is null

    union all

    -- What is not held is sold short at the close.
    select
        'security_transfer' as kind,
        transfers.event_id as event_key,
        'delivers more than is held' as reason,
        true as is_booked,
        transfers.account_id,
        transfers.symbol,
        transfers.transfer_date as event_date

    from transfers

    inner join transfers_booked
        on transfers.event_id = transfers_booked.event_id
        and transfers.quantity > transfers_booked.position_before

    where transfers.direction = 'OUT'

),

found as (

    select
        ---------- grain
        kind,
        event_key,
        reason,

        ---------- ids
        account_id,
        symbol,

        ---------- attributes
        event_date,

        ---------- flags
        is_booked

    from findings

)

select * from found
