with

intervals as (

    select
        account_id,
        symbol,
        valid_from_date,
        valid_until_date,
        cumulative_position,
        avg_cost_per_share,
        realized_pnl_to_date

    from {{ ref('fact_position_intervals') }}

),

prices as (

    select
        symbol,
        value_date,
        close_price,
        stale_days

    from {{ ref('fact_prices_daily') }}

),

accounts as (

    select
        account_id,
        calendar

    from {{ ref('dim_account') }}

),

symbols as (

    select
        symbol,
        calendar,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date,
        is_open

    from {{ ref('int_calendar_dates') }}

),

last_day as (

    select max(value_date) as last_price_date
    from prices

),

days_held as (

    select
        intervals.account_id,
        intervals.symbol,
        intervals.cumulative_position,
        intervals.avg_cost_per_share,
        intervals.realized_pnl_to_date,
        unnest(generate_series(
            intervals.valid_from_date,
            least(
                coalesce(intervals.valid_until_date, last_day.last_price_date),
                last_day.last_price_date
            ),
            interval 1 day
        ))::date as value_date

    from intervals

    cross join last_day

),

-- Only days on which the account is valued; a symbol closed that day is worth its last close.
days_priced as (

    select
        days_held.*,
        symbols.multiplier,
        prices.close_price,
        prices.stale_days,
        coalesce(prices.close_price::double, days_held.avg_cost_per_share) as valuation_price

    from days_held

    inner join accounts
        on days_held.account_id = accounts.account_id

    inner join calendar_dates as account_dates
        on accounts.calendar = account_dates.calendar
        and days_held.value_date = account_dates.date
        and account_dates.is_open

    inner join symbols
        on days_held.symbol = symbols.symbol

    inner join calendar_dates as symbol_dates
        on symbols.calendar = symbol_dates.calendar
        and days_held.value_date = symbol_dates.date

    left join prices
        on days_held.symbol = prices.symbol
        and symbol_dates.last_open_date = prices.value_date

),

valued as (

    select
        ---------- grain
        account_id,
        symbol,
        value_date,

        ---------- measures
        cumulative_position,
        avg_cost_per_share,
        close_price,
        stale_days,
        coalesce(cumulative_position::double * valuation_price * multiplier, 0) as market_value,
        coalesce(cumulative_position::double * avg_cost_per_share * multiplier, 0) as cost_basis,
        coalesce(
            cumulative_position::double * (valuation_price - avg_cost_per_share) * multiplier, 0
        ) as unrealized_pnl,
        realized_pnl_to_date,

        ---------- flags
        close_price is null and cumulative_position <> 0 as is_carried_at_cost

    from days_priced

)

select * from valued
