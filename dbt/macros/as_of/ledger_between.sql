{#
    The ledger of every account and chain of symbols until its valuation day, replayed once as
    known at known_from (change_number 0) and then with one change after the other, in the order
    trades, corporate actions, descriptions of symbols and in each as told, until all is as known
    at known_to. One row per account, chain, change and symbol; the change that made the state is
    named in it. Between two equal moments nothing changes: the one state is what was known then.

    Each step takes the next event of every ledger at once; the symbols of a chain stand side by
    side, so that what a spin-off brings can read what it comes from.
#}
{% macro ledger_between() %}
with recursive

accounts as materialized (

    select
        account_id,
        base_currency,
        calendar,
        valuation_day

    from main.accounts_between(value_date, known_from, known_to)

),

symbol_versions as materialized (

    select * from main.symbols_between(known_from, known_to)

),

{{ action_versions() }},

links as (

    select
        symbol,
        new_symbol as linked_symbol

    from action_versions

    where type in ('SPINOFF', 'SYMBOL_CHANGE')

    union

    select
        new_symbol as symbol,
        symbol as linked_symbol

    from action_versions

    where type in ('SPINOFF', 'SYMBOL_CHANGE')

),

reached as (

    select distinct
        symbol,
        symbol as reached_symbol

    from symbol_versions

    union

    select
        reached.symbol,
        links.linked_symbol as reached_symbol

    from reached

    inner join links
        on reached.reached_symbol = links.symbol

),

chains as (

    select
        symbol,
        min(reached_symbol) as chain_id

    from reached

    group by symbol

),

trade_versions as materialized (

    select
        trades.*,
        chains.chain_id,
        {{ told_trade() }} as told

    from main.trades_between(known_from, known_to) as trades

    -- On the clock of its market a trade can be of the day before.
    inner join accounts
        on trades.account_id = accounts.account_id
        and trades.executed_at::date - 1 <= accounts.valuation_day

    inner join chains
        on trades.symbol = chains.symbol

),

ledgers as (

    select distinct
        trade_versions.account_id,
        trade_versions.chain_id,
        accounts.valuation_day

    from trade_versions

    inner join accounts
        on trade_versions.account_id = accounts.account_id

),

ledger_actions as (

    select
        ledgers.account_id,
        ledgers.chain_id,
        action_versions.* exclude (account_id)

    from ledgers

    inner join chains
        on ledgers.chain_id = chains.chain_id

    inner join action_versions
        on chains.symbol = action_versions.symbol
        and ledgers.valuation_day >= action_versions.ex_date
        and coalesce(action_versions.account_id, ledgers.account_id) = ledgers.account_id

),

ledger_symbols as (

    select
        ledgers.account_id,
        ledgers.chain_id,
        symbol_versions.*

    from ledgers

    inner join chains
        on ledgers.chain_id = chains.chain_id

    inner join symbol_versions
        on chains.symbol = symbol_versions.symbol

),

versions_changed as (

    select
        account_id,
        chain_id,
        2 as kind_number,
        'trade' as event_kind,
        trade_id as event_key,
        told_at,
        is_in_from,
        told

    from trade_versions

    where is_in_from <> is_in_to

    union all

    select
        account_id,
        chain_id,
        3 as kind_number,
        'corporate_action' as event_kind,
        action_id as event_key,
        told_at,
        is_in_from,
        told

    from ledger_actions

    where is_in_from <> is_in_to

    union all

    select
        account_id,
        chain_id,
        4 as kind_number,
        'instrument' as event_kind,
        symbol as event_key,
        told_at,
        is_in_from,
        {{ told_instrument() }} as told

    from ledger_symbols

    where is_in_from <> is_in_to

),

changes as materialized (

    select
        account_id,
        chain_id,
        event_kind,
        event_key,
        max(told_at) as told_at,
        max(told) filter (where is_in_from) as was,
        max(told) filter (where not is_in_from) as becomes,
        row_number() over (
            partition by account_id, chain_id
            order by kind_number, max(told_at), event_key
        ) as change_number

    from versions_changed

    group by account_id, chain_id, kind_number, event_kind, event_key

),

ledger_states as materialized (

    select
        account_id,
        chain_id,
        0 as change_number,
        null::varchar as event_kind,
        null::varchar as event_key,
        null::timestamp as told_at,
        null::varchar as was,
        null::varchar as becomes

    from ledgers

    union all

    select
        account_id,
        chain_id,
        change_number,
        event_kind,
        event_key,
        told_at,
        was,
        becomes

    from changes

),

symbols as materialized (

    select
        ledger_states.account_id,
        ledger_states.chain_id,
        ledger_states.change_number,
        ledger_symbols.symbol,
        ledger_symbols.currency,
        ledger_symbols.calendar,
        ledger_symbols.multiplier,
        ledger_symbols.is_as_later

    from ledger_symbols

    {{ in_every_state('ledger_symbols', 'instrument', 'symbol') }}

),

actions as (

    select
        ledger_states.change_number,
        ledger_actions.*

    from ledger_actions

    {{ in_every_state('ledger_actions', 'corporate_action', 'action_id') }}

),

trades as (

    select
        ledger_states.change_number,
        trade_versions.*

    from trade_versions

    {{ in_every_state('trade_versions', 'trade', 'trade_id') }}

),

-- A trade has the date of its market, wherever the symbol is said to trade in each state.
trades_dated as (

    select
        trades.*,
        symbols.multiplier,
        {{ market_date('trades.executed_at', 'calendar_dates') }} as trade_date

    from trades

    inner join symbols
        on {{ same_values('trades', 'symbols', ledger_keys() + ['symbol']) }}

    inner join main_intermediate.int_calendar_dates as calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and trades.executed_at::date = calendar_dates.date

    where coalesce(trades.currency, symbols.currency) = symbols.currency

),

-- What names another currency than its instrument's is not booked.
events as (

    select
        trades_dated.account_id,
        trades_dated.chain_id,
        trades_dated.change_number,
        trades_dated.symbol,
        null::varchar as new_symbol,
        'TRADE' as type,
        trades_dated.trade_date as event_date,
        6 as type_number,
        trades_dated.executed_at,
        trades_dated.trade_id as event_key,
        null::varchar as action_id,
        trades_dated.signed_quantity,
        trades_dated.price::double as price,
        {{ trade_cash_effect(
            'trades_dated.signed_quantity',
            'trades_dated.price',
            'trades_dated.multiplier',
            'trades_dated.fees'
        ) }} as cash_effect_amount,
        0::double as payment,
        null::varchar as payment_currency,
        0::double as returned_cost,
        1 as new_shares,
        1 as old_shares,
        0::double as moved_cost_ratio,
        1::double as unit_scale_ratio

    from trades_dated

    inner join accounts
        on trades_dated.account_id = accounts.account_id
        and trades_dated.trade_date <= accounts.valuation_day

    union all

    select
        actions.account_id,
        actions.chain_id,
        actions.change_number,
        actions.symbol,
        actions.new_symbol,
        actions.type,
        actions.ex_date as event_date,
        coalesce(
            list_position(
                ['SPLIT', 'DIVIDEND', 'RETURN_OF_CAPITAL', 'SPINOFF', 'SYMBOL_CHANGE'], actions.type
            ),
            6
        ) as type_number,
        actions.executed_at,
        actions.symbol as event_key,
        actions.action_id,
        0 as signed_quantity,
        null::double as price,
        0::double as cash_effect_amount,
        case
            when actions.type in ('DIVIDEND', 'RETURN_OF_CAPITAL')
                then actions.amount::double * symbols.multiplier
            else 0
        end as payment,
        nullif(actions.currency, symbols.currency) as payment_currency,
        case
            when actions.type <> 'RETURN_OF_CAPITAL' then 0
            when coalesce(actions.currency, symbols.currency) = symbols.currency
                then actions.amount::double
            else actions.amount::double * actions.ex_rate
        end as returned_cost,
        actions.new_shares,
        actions.old_shares,
        coalesce(actions.cost_fraction_ratio, 0)::double as moved_cost_ratio,
        coalesce(symbols.multiplier / new_symbols.multiplier, 1) as unit_scale_ratio

    from actions

    inner join symbols
        on {{ same_values('actions', 'symbols', ledger_keys() + ['symbol']) }}

    left join symbols as new_symbols
        on {{ same_values('actions', 'new_symbols', ledger_keys()) }}
        and actions.new_symbol = new_symbols.symbol
        and actions.type in ('SPINOFF', 'SYMBOL_CHANGE')

    where (
        coalesce(actions.currency, symbols.currency) = symbols.currency
        or actions.type in ('DIVIDEND', 'RETURN_OF_CAPITAL')
    )
        and returned_cost is not null
        and coalesce(actions.new_symbol <> actions.symbol, true)
        and coalesce(new_symbols.currency, symbols.currency) = symbols.currency

),

events_numbered as materialized (

    select
        *,
        row_number() over (
            partition by account_id, chain_id, change_number
            order by event_date, type_number, executed_at, event_key, action_id
        ) as event_number

    from events

    order by event_number

),

stepped as (

    select
        account_id,
        chain_id,
        change_number,
        symbol,
        0::bigint as event_number,
        0::decimal(28, 8) as position,
        null::double as average_cost,
        0::decimal(38, 10) as cash_amount,
        []::struct(currency varchar, amount double)[] as cash_abroad

    from symbols

    union all

    select
        account_id,
        chain_id,
        change_number,
        symbol,
        event_number,
        (kept_position + added_quantity)::decimal(28, 8) as position,
        case
            when added_quantity <> 0
                then {{ average_cost_after(
                    'kept_position', 'kept_cost', 'added_quantity', 'added_cost'
                ) }}
            when kept_position <> 0 then kept_cost
        end as average_cost,
        (cash_amount + cash_effect_amount::decimal(38, 10))::decimal(38, 10) as cash_amount,
        cash_abroad

    from (
        select
            held.account_id,
            held.chain_id,
            held.change_number,
            held.symbol,
            events.event_number,
            held.cash_amount,
            case
                when events.symbol <> held.symbol then held.position
                when events.type = 'SYMBOL_CHANGE' then 0
                when events.type = 'SPLIT' then {{ shares_after('held.position') }}
                when events.type = 'CASH_IN_LIEU' and held.position > 0 then floor(held.position)
                else held.position
            end::decimal(28, 8) as kept_position,
            case
                when events.symbol <> held.symbol then held.average_cost
                when events.type = 'SPLIT'
                    then held.average_cost * events.old_shares / events.new_shares
                when events.type = 'SPINOFF' and {{ shares_after('held.position') }} <> 0
                    then held.average_cost * (1 - events.moved_cost_ratio)
                when events.type = 'RETURN_OF_CAPITAL'
                    then greatest(held.average_cost - events.returned_cost, 0)
                else held.average_cost
            end as kept_cost,
            case
                when events.type = 'TRADE' and events.symbol = held.symbol
                    then events.signed_quantity
                when parent.symbol is not null then {{ shares_after('parent.position') }}
                else 0
            end::decimal(28, 8) as added_quantity,
            case
                when events.type = 'TRADE' then events.price
                else parent.average_cost
                    * case when events.type = 'SPINOFF' then events.moved_cost_ratio else 1 end
                    * events.old_shares / events.new_shares * events.unit_scale_ratio
            end as added_cost,
            case
                when events.symbol <> held.symbol then 0
                when events.payment_currency is not null then 0
                else events.cash_effect_amount + held.position::double * events.payment
            end as cash_effect_amount,
            case
                when events.symbol = held.symbol and events.payment_currency is not null
                    then list_append(held.cash_abroad, {
                        'currency': events.payment_currency,
                        'amount': held.position::double * events.payment
                    })
                else held.cash_abroad
            end as cash_abroad

        from stepped as held

        inner join events_numbered as events
            on held.event_number + 1 = events.event_number
            and held.account_id = events.account_id
            and held.chain_id = events.chain_id
            and held.change_number = events.change_number

        left join stepped as parent
            on events.account_id = parent.account_id
            and events.chain_id = parent.chain_id
            and events.change_number = parent.change_number
            and events.symbol = parent.symbol
            and events.new_symbol = held.symbol
            and events.type in ('SPINOFF', 'SYMBOL_CHANGE')
    )

),

last_events as (

    select
        account_id,
        chain_id,
        change_number,
        max(event_number) as event_number,
        bool_or(type = 'TRADE') as is_booked

    from events_numbered

    group by account_id, chain_id, change_number

),

splits as (

    select
        account_id,
        chain_id,
        change_number,
        symbol,
        list({
            'ex_date': event_date, 'price_ratio': old_shares::double / new_shares
        }) as splits

    from events_numbered

    where type = 'SPLIT'

    group by account_id, chain_id, change_number, symbol

),

states as materialized (

    select
        accounts.account_id,
        accounts.base_currency,
        accounts.calendar,
        accounts.valuation_day,
        ledger_states.chain_id,
        ledger_states.change_number,
        ledger_states.event_kind,
        ledger_states.event_key,
        ledger_states.told_at,
        ledger_states.was,
        ledger_states.becomes,
        symbols.symbol,
        symbols.currency,
        symbols.multiplier,
        symbols.is_as_later,
        stepped.position,
        stepped.average_cost,
        stepped.cash_amount::double as cash_amount,
        stepped.cash_abroad,
        coalesce(last_events.is_booked, false) as is_booked,
        coalesce(splits.splits, []) as splits

    from ledger_states

    inner join accounts
        on ledger_states.account_id = accounts.account_id

    inner join symbols
        on {{ same_values('ledger_states', 'symbols', ledger_keys()) }}

    left join last_events
        on {{ same_values('ledger_states', 'last_events', ledger_keys()) }}

    inner join stepped
        on {{ same_values('symbols', 'stepped', ledger_keys() + ['symbol']) }}
        and coalesce(last_events.event_number, 0) = stepped.event_number

    left join splits
        on {{ same_values('symbols', 'splits', ledger_keys() + ['symbol']) }}

),

-- What was paid in another currency stands on rows of its own, with nothing held.
cash_abroad as (

    select
        * exclude (cash_abroad, payment) replace (
            payment.currency as currency,
            0 as position,
            null as average_cost,
            payment.amount as cash_amount
        )

    from (
        select
            *,
            unnest(cash_abroad) as payment

        from states
    )

)

select * exclude (cash_abroad) from states

union all

select * from cash_abroad
{% endmacro %}


{% macro ledger_keys() %}
    {{ return(['account_id', 'chain_id', 'change_number']) }}
{% endmacro %}


{#
    A version counts in every state until its own change if it was known at known_from, and from
    there on if it is known at known_to.
#}
{% macro in_every_state(versions, event_kind, event_key) -%}
    left join changes
        on {{ same_values(versions, 'changes', ['account_id', 'chain_id']) }}
        and changes.event_kind = '{{ event_kind }}'
        and {{ versions }}.{{ event_key }} = changes.event_key

    inner join ledger_states
        on {{ same_values(versions, 'ledger_states', ['account_id', 'chain_id']) }}
        and case
            when ledger_states.change_number < changes.change_number then {{ versions }}.is_in_from
            else {{ versions }}.is_in_to
        end
{%- endmacro %}


{#
    New shares for old, 8 places, half away from zero, in whole units: exact whatever the ratio.
    The whole lots of old shares and the rest of them are multiplied apart, for nothing to
    overflow.
#}
{% macro shares_after(position) -%}
    (
        sign({{ position }}) * (
            {{ units_of(position) }} // events.old_shares * events.new_shares
            + (
                2 * ({{ units_of(position) }} % events.old_shares) * events.new_shares
                + events.old_shares
            ) // (2 * events.old_shares::hugeint)
        )::decimal(28, 0) * 0.00000001
    )::decimal(28, 8)
{%- endmacro %}


{% macro units_of(position) -%}
    (abs({{ position }}) * 100000000)::hugeint
{%- endmacro %}
