{#
    restatement_explain(value_date, known_from, known_to): why accounts are worth something else
    on a day than they were known to be. One row per account and event that changed its value, in
    the order in which the changes are made: the account itself, cash events, trades, security
    transfers, corporate actions, instruments, prices, rates; of one kind as they were told.

    Each amount is the value with the changes until this one less the value with those before it,
    so the amounts of an account add up to the change of portfolio_value_as_of, in the account's
    base currency of known_to. An account that nothing was booked in is worth 0.
#}
{% macro restatement_explain() %}
with

accounts as materialized (

    select * from main.accounts_between(value_date, known_from, known_to)

),

earlier_values as (

    select
        account_id,
        cash_balance + positions_value as total_value,
        value_status = 'no_price' as is_unpriced,
        cash_balance + positions_value is null as is_unconvertible

    from main.account_values_as_of(value_date, known_from)

),

later_values as (

    select
        account_id,
        cash_balance + positions_value as total_value,
        value_status = 'no_price' as is_unpriced,
        cash_balance + positions_value is null as is_unconvertible

    from main.account_values_as_of(value_date, known_to)

),

cash_versions as materialized (

    select
        accounts.account_id,
        cash_events.event_id,
        coalesce(cash_events.currency, accounts.base_currency) as currency,
        cash_events.amount::double as amount,
        cash_events.told_at,
        cash_events.is_in_from,
        cash_events.is_in_to,
        {{ told_cash_event() }} as told

    from main.cash_events_between(known_from, known_to) as cash_events

    inner join accounts
        on cash_events.account_id = accounts.account_id

    inner join main_intermediate.int_calendar_dates as calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and cash_events.occurred_at::date = calendar_dates.date

    where {{ market_date('cash_events.occurred_at', 'calendar_dates') }} <= accounts.valuation_day

),

-- At first symbols are worth the closes known before: of the calendar and the currency that their
-- description of each state asks for. At last they are worth those known since.
holdings as materialized (

    select
        ledger.account_id,
        ledger.chain_id,
        ledger.change_number,
        ledger.event_kind,
        ledger.event_key,
        ledger.told_at,
        ledger.was,
        ledger.becomes,
        ledger.symbol,
        ledger.currency,
        ledger.cash_amount,
        ledger.position::double * ledger.multiplier as units,
        ledger.average_cost,
        case
            when ledger.is_as_later then {{ carried_close('described_closes', 'ledger') }}
            else {{ carried_close('earlier_closes', 'ledger') }}
        end::decimal(28, 10)::double as earlier_close,
        ({{ carried_close('later_closes', 'ledger') }})::decimal(28, 10)::double as later_close,
        coalesce(later_closes.told_at, described_closes.told_at) as close_told_at,
        ledger.change_number
        = max(ledger.change_number) over (partition by ledger.account_id, ledger.chain_id)
            as is_last

    from main.ledger_between(value_date, known_from, known_to) as ledger

    left join main.closes_as_of(value_date, known_from, known_from) as earlier_closes
        on ledger.calendar = earlier_closes.account_calendar
        and ledger.symbol = earlier_closes.symbol

    left join main.closes_as_of(value_date, known_from, known_to) as described_closes
        on ledger.calendar = described_closes.account_calendar
        and ledger.symbol = described_closes.symbol

    left join main.closes_as_of(value_date, known_to, known_to) as later_closes
        on ledger.calendar = later_closes.account_calendar
        and ledger.symbol = later_closes.symbol

),

holdings_valued as (

    select
        *,
        cash_amount + coalesce(units * coalesce(earlier_close, average_cost), 0) as earlier_amount,
        cash_amount + coalesce(units * coalesce(later_close, average_cost), 0) as later_amount

    from holdings

),

fx_pairs as materialized (

    select * from main.fx_pairs_between(value_date, known_from, known_to)

),

fx_rates as materialized (

    select * from main.fx_rates_between(value_date, known_from, known_to)

),

fx_changes as (

    select distinct
        calendar,
        change_number,
        max(change_number) over (partition by calendar) as last_change_number

    from fx_rates

),

account_currencies as (

    select
        account_id,
        currency

    from cash_versions

    union

    select
        account_id,
        currency

    from holdings

),

-- A rate that was not known before is no rate told otherwise: it counts from the start.
account_rates as materialized (

    select
        accounts.account_id,
        account_currencies.currency,
        coalesce(fx_changes.change_number, 0) as change_number,
        case
            when account_currencies.currency = accounts.base_currency then 1
            else coalesce(fx_rates.rate, last_rates.rate)
        end::double as rate

    from account_currencies

    inner join accounts
        on account_currencies.account_id = accounts.account_id

    left join fx_changes
        on accounts.calendar = fx_changes.calendar

    left join fx_rates
        on accounts.calendar = fx_rates.calendar
        and fx_changes.change_number = fx_rates.change_number
        and account_currencies.currency = fx_rates.from_currency
        and accounts.base_currency = fx_rates.to_currency

    left join fx_rates as last_rates
        on accounts.calendar = last_rates.calendar
        and fx_changes.last_change_number = last_rates.change_number
        and account_currencies.currency = last_rates.from_currency
        and accounts.base_currency = last_rates.to_currency

),

earlier_rates as (

    select
        account_id,
        currency,
        rate

    from account_rates

    where change_number = 0

),

-- What was known before, in the currency and for the day of the account as it is known now.
earlier_balances as (

    select
        account_id,
        currency,
        {{ exact_sum('amount') }} as balance

    from (
        select
            account_id,
            currency,
            amount

        from cash_versions

        where is_in_from

        union all

        select
            account_id,
            currency,
            earlier_amount as amount

        from holdings_valued

        where change_number = 0
    )

    group by account_id, currency

),

account_effects as (

    select
        accounts.account_id,
        0 as kind_number,
        'account' as event_kind,
        accounts.account_id as event_key,
        accounts.told_at,
        accounts.earlier_base_currency || ' ' || accounts.earlier_calendar as was,
        accounts.base_currency || ' ' || accounts.calendar as becomes,
        {{ decimal_sum_or_null(in_currency('earlier_balances.balance', 'earlier_rates.rate')) }}
        - coalesce(
            any_value(earlier_values.total_value), 0
        )::decimal(38, 10) as amount

    from accounts

    inner join earlier_balances
        on accounts.account_id = earlier_balances.account_id

    left join earlier_rates
        on earlier_balances.account_id = earlier_rates.account_id
        and earlier_balances.currency = earlier_rates.currency

    left join earlier_values
        on accounts.account_id = earlier_values.account_id

    where accounts.is_changed

    group by all

),

cash_effects as (

    select
        cash_versions.account_id,
        1 as kind_number,
        'cash_event' as event_kind,
        cash_versions.event_id as event_key,
        max(cash_versions.told_at) as told_at,
        max(cash_versions.told) filter (where cash_versions.is_in_from) as was,
        max(cash_versions.told) filter (where cash_versions.is_in_to) as becomes,
        {{ decimal_sum_or_null(
            'case when cash_versions.is_in_to then 1 else -1 end'
            ~ ' * cash_versions.amount * earlier_rates.rate'
        ) }} as amount

    from cash_versions

    left join earlier_rates
        on cash_versions.account_id = earlier_rates.account_id
        and cash_versions.currency = earlier_rates.currency

    where cash_versions.is_in_from <> cash_versions.is_in_to

    group by cash_versions.account_id, cash_versions.event_id

),

ledger_values as (

    select
        holdings_valued.account_id,
        holdings_valued.chain_id,
        holdings_valued.change_number,
        any_value(holdings_valued.event_kind) as event_kind,
        any_value(holdings_valued.event_key) as event_key,
        any_value(holdings_valued.told_at) as told_at,
        any_value(holdings_valued.was) as was,
        any_value(holdings_valued.becomes) as becomes,
        {{ decimal_sum_or_null(in_currency('holdings_valued.earlier_amount', 'earlier_rates.rate')) }}
            as amount

    from holdings_valued

    left join earlier_rates
        on holdings_valued.account_id = earlier_rates.account_id
        and holdings_valued.currency = earlier_rates.currency

    group by
        holdings_valued.account_id, holdings_valued.chain_id, holdings_valued.change_number

),

ledger_steps as (

    select
        * exclude (amount),
        amount - lag(amount) over (
            partition by account_id, chain_id
            order by change_number
        ) as amount

    from ledger_values

),

-- A trade or transfer that was moved to another symbol is one event of two ledgers.
ledger_effects as (

    select
        account_id,
        list_position(
            ['trade', 'security_transfer', 'corporate_action', 'instrument'], event_kind
        ) + 1 as kind_number,
        event_kind,
        event_key,
        max(told_at) as told_at,
        max(was) as was,
        max(becomes) as becomes,
        case when count(*) = count(amount) then sum(amount) end as amount

    from ledger_steps

    where change_number > 0

    group by account_id, event_kind, event_key

),

price_effects as (

    select
        holdings_valued.account_id,
        6 as kind_number,
        'price' as event_kind,
        holdings_valued.symbol as event_key,
        holdings_valued.close_told_at as told_at,
        {{ plain_number('holdings_valued.earlier_close::decimal(28, 10)') }} as was,
        {{ plain_number('holdings_valued.later_close::decimal(28, 10)') }} as becomes,
        (
            (holdings_valued.later_amount - holdings_valued.earlier_amount) * earlier_rates.rate
        )::decimal(38, 10) as amount

    from holdings_valued

    left join earlier_rates
        on holdings_valued.account_id = earlier_rates.account_id
        and holdings_valued.currency = earlier_rates.currency

    where holdings_valued.is_last
        and holdings_valued.units <> 0
        and holdings_valued.later_close is distinct from holdings_valued.earlier_close

),

later_balances as (

    select
        account_id,
        currency,
        {{ exact_sum('amount') }} as balance

    from (
        select
            account_id,
            currency,
            amount

        from cash_versions

        where is_in_to

        union all

        select
            account_id,
            currency,
            later_amount as amount

        from holdings_valued

        where is_last
    )

    group by account_id, currency

),

rate_steps as (

    select
        *,
        case
            when rate is distinct from lag(rate) over history then rate - lag(rate) over history
            else 0
        end as rate_change

    from account_rates

    window history as (
        partition by account_id, currency
        order by change_number
    )

),

rate_effects as (

    select
        rate_steps.account_id,
        7 as kind_number,
        'fx_rate' as event_kind,
        fx_pairs.base_currency || '/' || fx_pairs.quote_currency as event_key,
        any_value(fx_pairs.told_at) as told_at,
        any_value(fx_pairs.earlier_rate)::varchar as was,
        any_value(fx_pairs.later_rate)::varchar as becomes,
        {{ decimal_sum_or_null(in_currency('later_balances.balance', 'rate_steps.rate_change')) }}
            as amount

    from rate_steps

    inner join accounts
        on rate_steps.account_id = accounts.account_id

    inner join fx_pairs
        on accounts.calendar = fx_pairs.calendar
        and rate_steps.change_number = fx_pairs.change_number

    inner join later_balances
        on rate_steps.account_id = later_balances.account_id
        and rate_steps.currency = later_balances.currency

    where rate_steps.change_number > 0

    group by rate_steps.account_id, fx_pairs.base_currency, fx_pairs.quote_currency

),

effects as (

    select * from account_effects

    union all

    select * from cash_effects

    union all

    select * from ledger_effects

    union all

    select * from price_effects

    union all

    select * from rate_effects

),

judged as (

    select
        effects.*,
        case
            when
                coalesce(earlier_values.is_unpriced, false)
                or coalesce(later_values.is_unpriced, false)
                then 'no_price'
            when
                effects.amount is null
                or coalesce(earlier_values.is_unconvertible, false)
                or coalesce(later_values.is_unconvertible, false)
                then 'missing_fx'
            else 'ok'
        end as value_status

    from effects

    left join earlier_values
        on effects.account_id = earlier_values.account_id

    left join later_values
        on effects.account_id = later_values.account_id

    where effects.amount is null
        or abs(effects.amount) > 0.000000001

)

select
    ---------- grain
    account_id,
    event_kind,
    event_key,

    ---------- attributes
    (row_number() over (
        partition by account_id
        order by kind_number, told_at, event_key
    ))::integer as change_number,
    told_at as ingested_at,
    was,
    becomes,
    value_status,

    ---------- measures
    case when value_status = 'ok' then amount::double end as amount

from judged
{% endmacro %}


{#
    sum_or_null that stays decimal: what two sums have in common cancels without a trace.
#}
{% macro decimal_sum_or_null(amount) -%}
    case
        when count(*) = count({{ amount }}) then sum(({{ amount }})::decimal(38, 10))
    end
{%- endmacro %}
