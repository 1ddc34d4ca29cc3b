-- A returned row is a day whose return is not value over value of the scope itself. Averages of
-- account returns, or a deposit counted as profit, end here: the profit is taken from the P&L fact,
-- at the day's rate, with what the rate made of the value of the day before. A transfer between
-- books of two currencies is no flow, and costs the scope what the three rates do not close by. A
-- profit may be unknown for want of a rate; assert_value_change_is_explained knows when.
with

returns as (

    select
        scope_type,
        scope_id,
        value_date,
        daily_return_pct

    from {{ ref('scope_returns') }}

    where return_status = 'ok'

),

scope_values as (

    select
        scope_type,
        scope_id,
        value_date,
        external_inflow + lag(total_value, 1, 0) over (
            partition by scope_type, scope_id
            order by value_date
        ) as start_capital

    from {{ ref('fact_scope_value_daily') }}

),

account_values as (

    select
        account_id,
        value_date,
        lag(total_value, 1, 0) over history as previous_value,
        lag(value_date) over history as previous_date

    from {{ ref('fact_portfolio_value_daily') }}

    window history as (
        partition by account_id
        order by value_date
    )

),

gross as (

    {{ gross_of_accounts() }}

),

splits as (

    {{ rounded_off_in_splits() }}

),

account_pnl as (

    select
        account_id,
        value_date,
        case when count(*) = count(total_pnl) then sum(total_pnl) end as total_pnl

    from {{ ref('fact_pnl_daily') }}

    group by account_id, value_date

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

transfer_legs as (

    select
        members.scope_type,
        members.scope_id,
        cash_events.transfer_id,
        cash_events.value_date,
        sum(cash_events.amount) as net_amount,
        sum(cash_events.amount::double * rates.rate * scope_rates.rate) as converted_amount

    from {{ ref('fact_cash_events') }} as cash_events

    inner join {{ ref('int_scope_accounts') }} as members
        on cash_events.account_id = members.account_id

    inner join rates
        on cash_events.currency = rates.base_currency
        and members.base_currency = rates.quote_currency
        and cash_events.value_date = rates.value_date

    inner join rates as scope_rates
        on members.base_currency = scope_rates.base_currency
        and members.scope_currency = scope_rates.quote_currency
        and cash_events.value_date = scope_rates.value_date

    where
        cash_events.transfer_id is not null
        and cash_events.type in ('TRANSFER_IN', 'TRANSFER_OUT')

    group by
        members.scope_type,
        members.scope_id,
        cash_events.transfer_id,
        cash_events.currency,
        cash_events.value_date

    having count(*) > 1

),

security_legs as (

    select
        members.scope_type,
        members.scope_id,
        transfers.transfer_id,
        transfers.value_date,
        sum(transfers.signed_quantity) as net_amount,
        sum(transfers.market_value * rates.rate) as converted_amount

    from {{ ref('fact_security_transfers') }} as transfers

    inner join {{ ref('int_scope_accounts') }} as members
        on transfers.account_id = members.account_id

    inner join rates
        on members.base_currency = rates.base_currency
        and members.scope_currency = rates.quote_currency
        and transfers.value_date = rates.value_date

    where transfers.transfer_id is not null

    group by
        members.scope_type,
        members.scope_id,
        transfers.transfer_id,
        transfers.symbol,
        transfers.value_date

    having count(*) > 1

),

transfer_gaps as (

    select
        scope_type,
        scope_id,
        value_date,
        sum(converted_amount) as gap_amount

    from (
        select
            scope_type,
            scope_id,
            value_date,
            net_amount,
            converted_amount

        from transfer_legs

        union all

        select
            scope_type,
            scope_id,
            value_date,
            net_amount,
            converted_amount

        from security_legs
    ) as legs

    where net_amount = 0

    group by scope_type, scope_id, value_date

),

account_lines as (

    select
        members.scope_type,
        members.scope_id,
        account_values.value_date,
        dim_account.calendar = members.scope_calendar as has_days_of_scope,
        account_pnl.total_pnl * rates.rate
        + case
            when account_values.previous_value = 0 then 0
            else account_values.previous_value * (rates.rate - previous_rates.rate)
        end as total_pnl,
        coalesce(splits.rounded_off, 0) * rates.rate as rounded_off,
        gross.gross_amount * greatest(rates.rate, previous_rates.rate) as gross_amount

    from account_values

    inner join account_pnl
        on account_values.account_id = account_pnl.account_id
        and account_values.value_date = account_pnl.value_date

    inner join gross
        on account_values.account_id = gross.account_id
        and account_values.value_date = gross.value_date

    left join splits
        on account_values.account_id = splits.account_id
        and account_values.value_date = splits.value_date

    inner join {{ ref('int_scope_accounts') }} as members
        on account_values.account_id = members.account_id

    inner join rates
        on members.base_currency = rates.base_currency
        and members.scope_currency = rates.quote_currency
        and account_values.value_date = rates.value_date

    left join rates as previous_rates
        on members.base_currency = previous_rates.base_currency
        and members.scope_currency = previous_rates.quote_currency
        and account_values.previous_date = previous_rates.value_date

    inner join {{ ref('dim_account') }} as dim_account
        on account_values.account_id = dim_account.account_id

),

-- On days a scope is closed its accounts may earn; that profit shows on its next open day.
pnl as (

    select
        scope_type,
        scope_id,
        value_date,
        case when count(*) = count(total_pnl) then sum(total_pnl) end as total_pnl,
        sum(rounded_off) as rounded_off,
        sum(gross_amount) as gross_amount

    from account_lines

    group by scope_type, scope_id, value_date

    having bool_and(has_days_of_scope)

)

select
    returns.scope_type,
    returns.scope_id,
    returns.value_date,
    returns.daily_return_pct,
    pnl.total_pnl,
    scope_values.start_capital

from returns

inner join scope_values
    on returns.scope_type = scope_values.scope_type
    and returns.scope_id = scope_values.scope_id
    and returns.value_date = scope_values.value_date

inner join pnl
    on returns.scope_type = pnl.scope_type
    and returns.scope_id = pnl.scope_id
    and returns.value_date = pnl.value_date

left join transfer_gaps
    on returns.scope_type = transfer_gaps.scope_type
    and returns.scope_id = transfer_gaps.scope_id
    and returns.value_date = transfer_gaps.value_date

-- In money, because a tiny capital turns a rounding error into percents.
where not coalesce(
    abs(
        returns.daily_return_pct / 100 * scope_values.start_capital
        - pnl.total_pnl
        - coalesce(transfer_gaps.gap_amount, 0)
    ) <= {{ cent('pnl.gross_amount') }} + pnl.rounded_off,
    pnl.total_pnl is null
)
