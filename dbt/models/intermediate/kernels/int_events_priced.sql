with

events as (

    select
        account_id,
        first_account_id,
        chain_id,
        event_number,
        symbol,
        new_symbol,
        action_id,
        transfer_event_id,
        out_event_id,
        type,
        event_date,
        signed_quantity,
        price,
        new_shares,
        old_shares,
        moved_cost_ratio,
        unit_scale_ratio,
        lieu_amount

    from {{ ref('int_position_events') }}

),

payments as (

    select
        action_id,
        instrument_amount

    from {{ ref('fact_action_payments') }}

),

symbols as (

    select
        symbol,
        calendar

    from {{ ref('dim_symbol') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date

    from {{ ref('int_calendar_dates') }}

),

prices as (

    select
        symbol,
        value_date,
        close_price

    from {{ ref('fact_prices_daily') }}

),

splits_on_closed_days as (

    select
        symbol,
        date,
        split_ratio

    from {{ ref('int_splits_on_closed_days') }}

),

unpriced as (

    select
        events.transfer_event_id,
        events.symbol,
        events.event_date,
        calendar_dates.last_open_date

    from events

    inner join symbols
        on events.symbol = symbols.symbol

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and events.event_date = calendar_dates.date

    where
        events.type = 'TRANSFER'
        and events.price is null
        and calendar_dates.last_open_date is not null

),

-- The close of the day of the transfer, or the last one before it, in the shares of that day.
closes as (

    select
        unpriced.transfer_event_id,
        case
            when splits.split_ratio is null then prices.close_price
            else try_cast(prices.close_price / splits.split_ratio as decimal(28, 10))
        end as close_price

    from unpriced

    {{ asof_join(
        'inner', 'prices', {'symbol': 'unpriced.symbol'}, 'value_date', 'unpriced.last_open_date'
    ) }}

    left join splits_on_closed_days as splits
        on unpriced.symbol = splits.symbol
        and unpriced.event_date = splits.date

),

-- A transfer that names no cost counts at the close. What an event has no use for is what changes
-- nothing.
priced as (

    select
        ---------- grain
        events.first_account_id,
        events.chain_id,
        events.event_number,

        ---------- ids
        events.account_id,
        events.symbol,
        events.new_symbol,
        events.out_event_id,

        ---------- attributes
        events.type,

        ---------- measures
        events.signed_quantity,
        coalesce(events.price, 0)::double as price,
        case
            when events.type = 'TRANSFER' then coalesce(events.price, closes.close_price)::double
        end as unit_cost,
        coalesce(events.new_shares, 1) as new_shares,
        coalesce(events.old_shares, 1) as old_shares,
        coalesce(events.moved_cost_ratio, 0)::double as moved_cost_ratio,
        coalesce(events.unit_scale_ratio, 1)::double as unit_scale_ratio,
        case
            when events.type = 'RETURN_OF_CAPITAL' then payments.instrument_amount
            else events.lieu_amount
        end as amount

    from events

    left join payments
        on events.action_id = payments.action_id

    left join closes
        on events.transfer_event_id = closes.transfer_event_id

)

select * from priced
