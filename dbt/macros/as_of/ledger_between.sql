{#
    The ledger of every account and chain of symbols until its valuation day, replayed once as
    known at known_from (change_number 0) and then with one change after the other, in the order
    trades, transfers, corporate actions, descriptions of symbols and in each as told, until all is
    as known at known_to. One row per account, chain, change and symbol; the change that made the
    state is named in it. Accounts that transfers join, at either moment, are replayed as one: they
    are the books of first_account_id. Between two equal moments nothing changes: the one state is
    what was known then.

    Each step takes the next event of every ledger at once; the symbols of a chain stand side by
    side, so that what a spin-off brings can read what it comes from. So do the accounts, and what
    has left one of them by a transfer and is not yet in the other: a holding of the OUT leg.
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
        and trades.executed_at::date - 1 <= value_date::date

    inner join chains
        on trades.symbol = chains.symbol

),

transfer_versions as materialized (

    select
        transfers.* replace (
            case
                when transfers.direction = 'OUT' then transfers.event_id
                else transfers.out_event_id
            end as out_event_id
        ),
        chains.chain_id,
        {{ told_transfer() }} as told

    from main.transfers_between(known_from, known_to) as transfers

    inner join accounts
        on transfers.account_id = accounts.account_id
        and transfers.occurred_at::date - 1 <= value_date::date

    inner join chains
        on transfers.symbol = chains.symbol

),

accounts_linked as (

    select distinct
        arrivals.chain_id,
        arrivals.account_id,
        departures.account_id as linked_account_id

    from transfer_versions as arrivals

    inner join transfer_versions as departures
        on arrivals.out_event_id = departures.event_id
        and arrivals.chain_id = departures.chain_id

),

accounts_reached as (

    select
        chain_id,
        account_id,
        account_id as reached_account_id

    from trade_versions

    union

    select
        chain_id,
        account_id,
        account_id as reached_account_id

    from transfer_versions

    union

    select
        accounts_reached.chain_id,
        accounts_reached.account_id,
        case
            when links.account_id = accounts_reached.reached_account_id
                then links.linked_account_id
            else links.account_id
        end as reached_account_id

    from accounts_reached

    inner join accounts_linked as links
        on accounts_reached.chain_id = links.chain_id
        and accounts_reached.reached_account_id in (links.account_id, links.linked_account_id)

),

ledgers as materialized (

    select
        accounts_reached.account_id,
        accounts_reached.chain_id,
        min(accounts_reached.reached_account_id) as first_account_id,
        any_value(accounts.valuation_day) as valuation_day

    from accounts_reached

    inner join accounts
        on accounts_reached.account_id = accounts.account_id

    group by accounts_reached.account_id, accounts_reached.chain_id

),

ledger_actions as (

    select
        ledgers.account_id,
        ledgers.first_account_id,
        ledgers.chain_id,
        action_versions.* exclude (account_id)

    from ledgers

    inner join chains
        on ledgers.chain_id = chains.chain_id

    inner join action_versions
        on chains.symbol = action_versions.symbol
        and value_date::date >= action_versions.ex_date
        and coalesce(action_versions.account_id, ledgers.account_id) = ledgers.account_id

),

ledger_symbols as (

    select
        ledgers.account_id,
        ledgers.first_account_id,
        ledgers.chain_id,
        symbol_versions.*

    from ledgers

    inner join chains
        on ledgers.chain_id = chains.chain_id

    inner join symbol_versions
        on chains.symbol = symbol_versions.symbol

),

ledger_trades as (

    select
        ledgers.first_account_id,
        trade_versions.*

    from trade_versions

    inner join ledgers
        on {{ same_values('trade_versions', 'ledgers', ['account_id', 'chain_id']) }}

),

ledger_transfers as (

    select
        ledgers.first_account_id,
        transfer_versions.*

    from transfer_versions

    inner join ledgers
        on {{ same_values('transfer_versions', 'ledgers', ['account_id', 'chain_id']) }}

),

versions_changed as (

    select
        first_account_id,
        chain_id,
        2 as kind_number,
        'trade' as event_kind,
        trade_id as event_key,
        told_at,
        is_in_from,
        told

    from ledger_trades

    where is_in_from <> is_in_to

    union all

    select
        first_account_id,
        chain_id,
        3 as kind_number,
        'security_transfer' as event_kind,
        event_id as event_key,
        told_at,
        is_in_from,
        told

    from ledger_transfers

    where is_in_from <> is_in_to

    union all

    select
        first_account_id,
        chain_id,
        4 as kind_number,
        'corporate_action' as event_kind,
        action_id as event_key,
        told_at,
        is_in_from,
        told

    from ledger_actions

    where is_in_from <> is_in_to

    union all

    select
        first_account_id,
        chain_id,
        5 as kind_number,
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
        first_account_id,
        chain_id,
        event_kind,
        event_key,
        max(told_at) as told_at,
        max(told) filter (where is_in_from) as was,
        max(told) filter (where not is_in_from) as becomes,
        row_number() over (
            partition by first_account_id, chain_id
            order by kind_number, max(told_at), event_key
        ) as change_number

    from versions_changed

    group by first_account_id, chain_id, kind_number, event_kind, event_key

),

ledger_states as materialized (

    select distinct
        first_account_id,
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
        first_account_id,
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
        ledger_states.first_account_id,
        ledger_states.chain_id,
        ledger_states.change_number,
        ledger_symbols.account_id,
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
        ledger_trades.*

    from ledger_trades

    {{ in_every_state('ledger_trades', 'trade', 'trade_id') }}

),

transfers as materialized (

    select
        ledger_states.change_number,
        ledger_transfers.*

    from ledger_transfers

    {{ in_every_state('ledger_transfers', 'security_transfer', 'event_id') }}

),

-- In a state in between the leg that a pair needs may not be there.
transfers_matched as materialized (

    select
        transfers.* replace (
            {{ market_date('transfers.occurred_at', 'calendar_dates') }} as transfer_date
        ),
        transfers.direction = 'IN' and departures.event_id is not null as is_arrival

    from transfers

    inner join symbols
        on {{ same_values('transfers', 'symbols', position_keys()) }}

    inner join main_intermediate.int_calendar_dates as calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and transfers.occurred_at::date = calendar_dates.date

    left join transfers as departures
        on {{ same_values('transfers', 'departures', ledger_keys()) }}
        and transfers.out_event_id = departures.event_id

),

-- An event has the date of its market, wherever the symbol is said to trade in each state.
trades_dated as (

    select
        trades.*,
        symbols.multiplier,
        {{ market_date('trades.executed_at', 'calendar_dates') }} as trade_date

    from trades

    inner join symbols
        on {{ same_values('trades', 'symbols', position_keys()) }}

    inner join main_intermediate.int_calendar_dates as calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and trades.executed_at::date = calendar_dates.date

    where coalesce(trades.currency, symbols.currency) = symbols.currency

),

-- What names another currency than its instrument's is not booked.
events as (

    select
        trades_dated.first_account_id,
        trades_dated.chain_id,
        trades_dated.change_number,
        trades_dated.account_id,
        trades_dated.symbol,
        null::varchar as parent_account_id,
        null::varchar as parent_symbol,
        null::varchar as child_account_id,
        null::varchar as child_symbol,
        'TRADE' as type,
        trades_dated.trade_date as event_date,
        6 as type_number,
        trades_dated.executed_at,
        trades_dated.trade_id as event_key,
        null::varchar as action_id,
        false as is_right_after,
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

    where trades_dated.trade_date <= value_date::date

    union all

    select
        first_account_id,
        chain_id,
        change_number,
        account_id,
        symbol,
        case when is_arrival then '' else account_id end as parent_account_id,
        case when is_arrival then out_event_id else symbol end as parent_symbol,
        case when direction = 'OUT' then '' else account_id end as child_account_id,
        case when direction = 'OUT' then out_event_id else symbol end as child_symbol,
        case
            when is_arrival then 'TRANSFER_IN'
            when direction = 'OUT' then 'TRANSFER_OUT'
            else 'TRANSFER'
        end as type,
        transfer_date as event_date,
        6 as type_number,
        effective_at as executed_at,
        order_key as event_key,
        null as action_id,
        is_right_after,
        signed_quantity,
        unit_cost::double as price,
        0::double as cash_effect_amount,
        0::double as payment,
        null as payment_currency,
        0::double as returned_cost,
        1 as new_shares,
        1 as old_shares,
        0::double as moved_cost_ratio,
        1::double as unit_scale_ratio

    from transfers_matched

    where transfer_date <= value_date::date
        and (is_arrival or direction = 'OUT' or unit_cost is not null)

    union all

    select
        actions.first_account_id,
        actions.chain_id,
        actions.change_number,
        actions.account_id,
        actions.symbol,
        actions.account_id as parent_account_id,
        actions.symbol as parent_symbol,
        actions.account_id as child_account_id,
        new_symbols.symbol as child_symbol,
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
        false as is_right_after,
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
        on {{ same_values('actions', 'symbols', position_keys()) }}

    left join symbols as new_symbols
        on {{ same_values('actions', 'new_symbols', ledger_keys() + ['account_id']) }}
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
            partition by first_account_id, chain_id, change_number
            order by
                event_date,
                type_number,
                executed_at,
                event_key,
                action_id,
                is_right_after,
                type,
                account_id
        ) as event_number

    from events

    order by event_number

),

stepped as (

    select
        first_account_id,
        chain_id,
        change_number,
        account_id,
        symbol,
        0::bigint as event_number,
        0::decimal(28, 8) as position,
        null::double as average_cost,
        0::decimal(38, 10) as cash_amount,
        []::struct(currency varchar, amount double)[] as cash_abroad

    from symbols

    union all

    select distinct
        first_account_id,
        chain_id,
        change_number,
        '' as account_id,
        out_event_id as symbol,
        0::bigint as event_number,
        0::decimal(28, 8) as position,
        null::double as average_cost,
        0::decimal(38, 10) as cash_amount,
        []::struct(currency varchar, amount double)[] as cash_abroad

    from transfers_matched

    where is_arrival

    union all

    select
        first_account_id,
        chain_id,
        change_number,
        account_id,
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
            held.first_account_id,
            held.chain_id,
            held.change_number,
            held.account_id,
            held.symbol,
            events.event_number,
            held.cash_amount,
            events.account_id = held.account_id and events.symbol = held.symbol as is_own,
            case when is_own then {{ is_too_large('held') }} else {{ is_too_large('parent') }} end
                as is_too_large,
            case
                when not is_own or is_too_large then held.position
                when events.type = 'SYMBOL_CHANGE' then 0
                when events.type = 'SPLIT' then {{ shares_after('held.position') }}
                when events.type = 'CASH_IN_LIEU' and held.position > 0 then floor(held.position)
                else held.position
            end::decimal(28, 8) as kept_position,
            case
                when not is_own or is_too_large then held.average_cost
                when events.type = 'SPLIT'
                    then held.average_cost * events.old_shares / events.new_shares
                when events.type = 'SPINOFF' and {{ shares_after('held.position') }} <> 0
                    then held.average_cost * (1 - events.moved_cost_ratio)
                when events.type = 'RETURN_OF_CAPITAL'
                    then greatest(held.average_cost - events.returned_cost, 0)
                else held.average_cost
            end as kept_cost,
            case
                when is_own then events.signed_quantity
                when parent.symbol is null or is_too_large then 0
                when events.type = 'TRANSFER_OUT' then -events.signed_quantity
                else {{ shares_after('parent.position') }}
            end::decimal(28, 8) as added_quantity,
            case
                when events.type in ('TRADE', 'TRANSFER') then events.price
                when events.type = 'TRANSFER_IN'
                    then coalesce(parent.average_cost, events.price, 0)
                when events.type = 'TRANSFER_OUT' and is_own
                    then coalesce(events.price, held.average_cost, 0)
                when events.type = 'TRANSFER_OUT'
                    then {{ delivered_cost('parent', 'events') }}
                else parent.average_cost
                    * case when events.type = 'SPINOFF' then events.moved_cost_ratio else 1 end
                    * events.old_shares / events.new_shares * events.unit_scale_ratio
            end as added_cost,
            case
                when not is_own then 0
                when events.payment_currency is not null then 0
                else events.cash_effect_amount + held.position::double * events.payment
            end as cash_effect_amount,
            case
                when is_own and events.payment_currency is not null
                    then list_append(held.cash_abroad, {
                        'currency': events.payment_currency,
                        'amount': held.position::double * events.payment
                    })
                else held.cash_abroad
            end as cash_abroad

        from stepped as held

        inner join events_numbered as events
            on held.event_number + 1 = events.event_number
            and held.first_account_id = events.first_account_id
            and held.chain_id = events.chain_id
            and held.change_number = events.change_number

        left join stepped as parent
            on events.first_account_id = parent.first_account_id
            and events.chain_id = parent.chain_id
            and events.change_number = parent.change_number
            and events.parent_account_id = parent.account_id
            and events.parent_symbol = parent.symbol
            and events.child_account_id = held.account_id
            and events.child_symbol = held.symbol
    )

),

-- What an account holds is what the last event by its own valuation day left.
last_events as (

    select
        ledgers.account_id,
        ledgers.first_account_id,
        ledgers.chain_id,
        events_numbered.change_number,
        max(events_numbered.event_number) as event_number,
        bool_or(
            events_numbered.account_id = ledgers.account_id
            and (events_numbered.type = 'TRADE' or events_numbered.type like 'TRANSFER%')
        ) as is_booked

    from ledgers

    inner join events_numbered
        on {{ same_values('ledgers', 'events_numbered', ['first_account_id', 'chain_id']) }}
        and ledgers.valuation_day >= events_numbered.event_date

    group by all

),

splits as (

    select
        first_account_id,
        chain_id,
        change_number,
        account_id,
        symbol,
        list({
            'ex_date': event_date, 'price_ratio': old_shares::double / new_shares
        }) as splits

    from events_numbered

    where type = 'SPLIT'

    group by first_account_id, chain_id, change_number, account_id, symbol

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

    inner join symbols
        on {{ same_values('ledger_states', 'symbols', ledger_keys()) }}

    inner join accounts
        on symbols.account_id = accounts.account_id

    left join last_events
        on {{ same_values('symbols', 'last_events', ledger_keys() + ['account_id']) }}

    inner join stepped
        on {{ same_values('symbols', 'stepped', position_keys()) }}
        and coalesce(last_events.event_number, 0) = stepped.event_number

    left join splits
        on {{ same_values('symbols', 'splits', position_keys()) }}

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
    {{ return(['first_account_id', 'chain_id', 'change_number']) }}
{% endmacro %}


{% macro position_keys() %}
    {{ return(ledger_keys() + ['account_id', 'symbol']) }}
{% endmacro %}


{# Cost of one unit that an account delivers: of what it held, and of what it sells short. #}
{% macro delivered_cost(holding, event) -%}
    (
        least(greatest({{ holding }}.position, 0), -{{ event }}.signed_quantity)::double
        * coalesce({{ holding }}.average_cost, 0)
        + greatest(
            -{{ event }}.signed_quantity - greatest({{ holding }}.position, 0), 0
        )::double * coalesce({{ event }}.price, {{ holding }}.average_cost, 0)
    ) / -{{ event }}.signed_quantity::double
{%- endmacro %}


{#
    A version counts in every state until its own change if it was known at known_from, and from
    there on if it is known at known_to.
#}
{% macro in_every_state(versions, event_kind, event_key) -%}
    left join changes
        on {{ same_values(versions, 'changes', ['first_account_id', 'chain_id']) }}
        and changes.event_kind = '{{ event_kind }}'
        and {{ versions }}.{{ event_key }} = changes.event_key

    inner join ledger_states
        on {{ same_values(versions, 'ledger_states', ['first_account_id', 'chain_id']) }}
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


{# An action that would make more of a holding than a decimal holds leaves it, as in the ledger. #}
{% macro is_too_large(holding) -%}
    coalesce(
        events.type in ('SPLIT', 'SPINOFF', 'SYMBOL_CHANGE') and (
            {{ units_of(holding ~ '.position') }} * events.new_shares
            >= 100000000000000000000000000::hugeint * events.old_shares
            or {{ holding }}.average_cost * events.old_shares / events.new_shares
            * coalesce(events.unit_scale_ratio, 1) >= 1e17
        ),
        false
    )
{%- endmacro %}


{% macro units_of(position) -%}
    (abs({{ position }}) * 100000000)::hugeint
{%- endmacro %}
