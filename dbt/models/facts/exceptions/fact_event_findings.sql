with

trades as (

    select
        trades.trade_id,
        trades.account_id,
        trades.symbol,
        trades.trade_date,
        {{ currency_exception('symbols.is_registered') }} as reason

    from {{ ref('int_trades_dated') }} as trades

    inner join {{ ref('dim_symbol') }} as symbols
        on trades.symbol = symbols.symbol
        and trades.currency <> symbols.currency

),

trades_booked as (

    select
        trade_id,
        account_id,
        symbol,
        trade_date,
        price

    from {{ ref('fact_trades') }}

),

closes as (

    select
        symbol,
        value_date,
        close_price

    from {{ ref('fact_prices_daily') }}

    where stale_days = 0

),

last_days as (

    select
        account_id,
        max(value_date) as last_date

    from {{ ref('fact_portfolio_value_daily') }}

    group by account_id

),

positions as (

    select
        positions.account_id,
        positions.symbol,
        positions.value_date,
        positions.stale_days

    from {{ ref('fact_positions_daily') }} as positions

    semi join last_days
        on positions.account_id = last_days.account_id
        and positions.value_date = last_days.last_date

    where positions.cumulative_position <> 0

),

symbols as (

    select
        symbol,
        is_registered

    from {{ ref('dim_symbol') }}

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
        prices.currency,
        {{ currency_exception('symbols.is_registered') }} as reason

    from {{ ref('int_prices_dated') }} as prices

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

    from {{ ref('int_corporate_actions_validated') }}

),

cash_events as (

    select
        event_id,
        account_id,
        transfer_id,
        action_id,
        type,
        currency,
        value_date

    from {{ ref('fact_cash_events') }}

),

payments as (

    select
        action_id,
        symbol,
        type,
        ex_date

    from {{ ref('fact_action_payments') }}

    where instrument_amount is null

),

booked_actions as (

    select
        action_id,
        account_id,
        symbol,
        type,
        currency,
        value_date

    from {{ ref('fact_corporate_actions') }}

),

payments_abroad as (

    select
        booked_actions.action_id,
        booked_actions.account_id,
        booked_actions.symbol,
        booked_actions.value_date,
        booked_actions.currency

    from booked_actions

    inner join {{ ref('dim_symbol') }} as symbols
        on booked_actions.symbol = symbols.symbol
        and booked_actions.currency <> symbols.currency

),

transfers as (

    select
        event_id,
        account_id,
        symbol,
        direction,
        transfer_id,
        transfer_date,
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
        base_currency,
        is_registered

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

    from {{ ref('int_prices_dated') }}

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
            min(trade_date) as first_date

        from {{ ref('int_trades_dated') }}

        group by symbol

        union all

        select
            symbol,
            min(transfer_date) as first_date

        from transfers

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
        'corporate_action' as kind,
        action_id as event_key,
        account_id,
        symbol,
        value_date,
        currency

    from payments_abroad

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

-- Between the two a day can bring anything; beyond, it is rather a split, a currency or a typing
-- error.
prices_far_from_the_close as (

    select
        trades_booked.*,
        if(
            trades_booked.price > closes.close_price,
            'price above twice the close of its day',
            'price below half the close of its day'
        ) as reason,
        format(
            'price {:.10g} is {:.3g} times the close of {:.10g}; is a split missing?',
            trades_booked.price::double,
            trades_booked.price::double / nullif(closes.close_price, 0),
            closes.close_price::double
        ) as detail

    from trades_booked

    inner join closes
        on trades_booked.symbol = closes.symbol
        and trades_booked.trade_date = closes.value_date

    where
        trades_booked.price > 2 * closes.close_price
        or trades_booked.price < closes.close_price / 2

),

-- Where nobody describes accounts, or instruments, none is missing. The name that is meant is most
-- likely the one that is written nearly so.
accounts_undescribed as (

    select
        accounts.account_id,
        arg_max(
            described.account_id,
            row(
                jaro_winkler_similarity(upper(accounts.account_id), upper(described.account_id)),
                described.account_id
            )
        ) as nearest_account_id

    from accounts

    inner join accounts as described
        on not accounts.is_registered
        and described.is_registered

    group by accounts.account_id

),

symbols_booked as (

    select symbol
    from trades_booked

    union

    select symbol
    from transfers_booked

),

symbols_undescribed as (

    select
        symbols.symbol,
        arg_max(
            described.symbol,
            row(
                jaro_winkler_similarity(upper(symbols.symbol), upper(described.symbol)),
                described.symbol
            )
        ) as nearest_symbol

    from symbols

    semi join symbols_booked
        on symbols.symbol = symbols_booked.symbol

    inner join symbols as described
        on not symbols.is_registered
        and described.is_registered

    group by symbols.symbol

),

findings as (

    select
        'trade' as kind,
        trade_id as event_key,
        reason,
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
        reason,
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

    -- A dividend is paid in its own currency all the same.
    select
        'corporate_action' as kind,
        action_id as event_key,
        case type
            when 'DIVIDEND' then 'no rate into the currency of its instrument: not in returns'
            else 'no rate into the currency of its instrument: not booked'
        end as reason,
        type = 'DIVIDEND' as is_booked,
        null as account_id,
        symbol,
        ex_date as event_date

    from payments

    union all

    select
        'cash_event' as kind,
        cash_events.event_id as event_key,
        case
            when cash_events.action_id is null
                then 'cash in lieu of no symbol: cash alone; name the symbol'
            else 'cash in lieu of no fraction held in its currency: cash alone'
        end as reason,
        true as is_booked,
        cash_events.account_id,
        null as symbol,
        cash_events.value_date as event_date

    from cash_events

    anti join booked_actions
        on cash_events.action_id = booked_actions.action_id

    where cash_events.type = 'CASH_IN_LIEU'

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
            when 'CANCEL' then 'cancels what was never received'
            else 'corrects what was never received'
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

doubted as (

    select
        *,
        null as detail

    from findings

    union all

    select
        'trade' as kind,
        trade_id as event_key,
        reason,
        true as is_booked,
        account_id,
        symbol,
        trade_date as event_date,
        detail

    from prices_far_from_the_close

    union all

    select
        'account' as kind,
        account_id as event_key,
        'no row of accounts describes it' as reason,
        true as is_booked,
        account_id,
        null as symbol,
        null as event_date,
        'the nearest known name is ' || nearest_account_id as detail

    from accounts_undescribed

    union all

    select
        'symbol' as kind,
        symbol as event_key,
        'no row of instruments describes it' as reason,
        true as is_booked,
        null as account_id,
        symbol,
        null as event_date,
        'the nearest known name is ' || nearest_symbol as detail

    from symbols_undescribed

    union all

    select
        'position' as kind,
        concat_ws('|', account_id, symbol) as event_key,
        'held at a close more than {{ var("stale_days_limit") }} trading days old' as reason,
        true as is_booked,
        account_id,
        symbol,
        value_date as event_date,
        'the last close is ' || stale_days || ' trading days old' as detail

    from positions

    where stale_days > {{ var('stale_days_limit') }}

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
        detail,

        ---------- flags
        is_booked

    from doubted

)

select * from found
