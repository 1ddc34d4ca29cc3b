{#
    The value of every account that anything was booked in by value_date, also where the day has no
    price yet (no_price): a restatement must tell that from an account that had nothing.
#}
{% macro account_values_as_of() %}
with

accounts as (

    select
        accounts.account_id,
        accounts.base_currency,
        accounts.calendar,
        accounts.valuation_day,
        days.is_priced

    from main.accounts_between(value_date, known_at, known_at) as accounts

    inner join main.valuation_days_as_of(value_date, known_at) as days
        on accounts.calendar = days.calendar

),

holdings as materialized (

    select * from main.holdings_as_of(value_date, known_at)

),

rates as materialized (

    select * from main.fx_rates_between(value_date, known_at, known_at)

),

cash_events as materialized (

    select
        accounts.account_id,
        accounts.base_currency,
        accounts.calendar,
        accounts.valuation_day,
        cash_events.type,
        cash_events.transfer_id,
        {{ market_date('cash_events.occurred_at', 'calendar_dates') }} as event_date,
        coalesce(cash_events.currency, accounts.base_currency) as currency,
        cash_events.amount

    from main.cash_events_as_of(known_at) as cash_events

    inner join accounts
        on cash_events.account_id = accounts.account_id

    inner join main_intermediate.int_calendar_dates as calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and cash_events.occurred_at::date = calendar_dates.date

    where event_date <= accounts.valuation_day

),

-- A flow of the day that cannot be converted leaves the day without a return, whatever is left.
flows_without_rate as (

    select distinct account_id

    from (
        select
            cash_events.account_id,
            cash_events.currency <> cash_events.base_currency
            and rates.rate is null
            and cash_events.type in ('DEPOSIT', 'WITHDRAWAL', 'TRANSFER_IN', 'TRANSFER_OUT')
            and not {{ is_cancelled_leg(
                'cash_events.transfer_id', 'cash_events.type', 'cash_events.amount', 'same_transfer'
            ) }} as is_missing

        from cash_events

        inner join main_intermediate.int_calendar_dates as dates
            on cash_events.calendar = dates.calendar
            and cash_events.event_date = dates.date
            and cash_events.valuation_day = dates.value_date

        left join rates
            on cash_events.calendar = rates.calendar
            and cash_events.currency = rates.from_currency
            and cash_events.base_currency = rates.to_currency

        window same_transfer as (
            partition by cash_events.account_id, cash_events.transfer_id, cash_events.currency
        )

        union all

        select
            transfers.account_id,
            holdings.fx_rate is null
            and not {{ is_cancelled_leg(
                'transfers.transfer_id',
                "'TRANSFER_' || transfers.direction",
                'transfers.signed_quantity',
                'same_shares'
            ) }} as is_missing

        from main.transfers_dated_as_of(known_at) as transfers

        inner join accounts
            on transfers.account_id = accounts.account_id

        inner join main_intermediate.int_calendar_dates as dates
            on accounts.calendar = dates.calendar
            and transfers.transfer_date = dates.date
            and accounts.valuation_day = dates.value_date

        inner join holdings
            on transfers.account_id = holdings.account_id
            and transfers.symbol = holdings.symbol
            and transfers.currency = holdings.currency

        window same_shares as (
            partition by transfers.account_id, transfers.transfer_id, transfers.symbol
        )
    )

    where is_missing

),

movements as (

    select
        account_id,
        currency,
        amount::double as amount

    from cash_events

    union all

    select
        account_id,
        currency,
        cash_amount as amount

    from holdings

),

balances as (

    select
        account_id,
        currency,
        {{ exact_sum('amount') }} as balance

    from movements

    group by account_id, currency

),

balances_converted as (

    select
        balances.account_id,
        {{ in_currency(
            'balances.balance',
            'case when balances.currency = accounts.base_currency then 1 else rates.rate end'
        ) }} as cash_value

    from balances

    inner join accounts
        on balances.account_id = accounts.account_id

    left join rates
        on accounts.calendar = rates.calendar
        and balances.currency = rates.from_currency
        and accounts.base_currency = rates.to_currency

),

cash as (

    select
        account_id,
        {{ sum_or_null('cash_value') }} as cash_balance

    from balances_converted

    group by account_id

),

positions as (

    select
        account_id,
        {{ sum_or_null('market_value') }} as positions_value

    from holdings

    group by account_id

),

valued as (

    select
        accounts.account_id,
        accounts.valuation_day,
        accounts.is_priced,
        flows_without_rate.account_id is null as is_convertible,
        cash.cash_balance,
        case when positions.account_id is null then 0 else positions.positions_value end
            as positions_value

    from cash

    inner join accounts
        on cash.account_id = accounts.account_id

    left join positions
        on cash.account_id = positions.account_id

    left join flows_without_rate
        on cash.account_id = flows_without_rate.account_id

)

select
    account_id,
    valuation_day,
    case
        when not is_priced then 'no_price'
        when cash_balance + positions_value is null or not is_convertible then 'missing_fx'
        else 'ok'
    end as value_status,
    cash_balance,
    positions_value

from valued
{% endmacro %}


{#
    portfolio_value_as_of(value_date, known_at): what each account was worth at the end of a day,
    as known at a moment: fact_portfolio_value_daily of a rebuild as known then. One row per
    account.
#}
{% macro portfolio_value_as_of() %}
select
    ---------- grain
    account_id,
    valuation_day as value_date,

    ---------- attributes
    value_status,

    ---------- measures
    cash_balance + positions_value as total_value,
    cash_balance,
    positions_value

from main.account_values_as_of(value_date, known_at)

where value_status <> 'no_price'
{% endmacro %}
