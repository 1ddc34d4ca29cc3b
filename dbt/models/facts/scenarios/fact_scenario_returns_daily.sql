with

prices as (

    select
        symbol,
        value_date,
        adjusted_close_price,
        dividends_to_date,
        stale_days

    from {{ ref('fact_prices_daily') }}

),

symbols as (

    select
        symbol,
        nullif(sector, 'unclassified') as sector,
        nullif(asset_class, 'unclassified') as asset_class,
        currency,
        calendar

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

scope_currencies as (

    select distinct
        calendar,
        currency

    from {{ ref('dim_scope') }}

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

cash_currencies as (

    select distinct currency
    from {{ ref('fact_cash_balances_daily') }}

),

book_dates as (

    select
        calendar_dates.calendar,
        calendar_dates.date

    from calendar_dates

    semi join scope_currencies
        on calendar_dates.calendar = scope_currencies.calendar

    where calendar_dates.is_open

),

-- A symbol that is closed on a day of the book's calendar stays at its last close; one that is open
-- and has no close of its own has no return.
closes as (

    select
        book_dates.calendar,
        symbols.symbol,
        symbols.sector,
        symbols.asset_class,
        symbols.currency as symbol_currency,
        book_dates.date as value_date,
        prices.adjusted_close_price,
        prices.dividends_to_date,
        prices.stale_days,
        symbol_dates.is_open and prices.stale_days > 0 as is_missing

    from symbols

    inner join calendar_dates as symbol_dates
        on symbols.calendar = symbol_dates.calendar

    inner join book_dates
        on symbol_dates.date = book_dates.date

    left join prices
        on symbols.symbol = prices.symbol
        and symbol_dates.last_open_date = prices.value_date

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

-- What happened over a hole in the feed is no return of a day: it has none, as a replay has none.
own_returns as (

    select
        *,
        case
            when not is_missing and lag(stale_days) over history <= {{ var('stale_days_limit') }}
                then (
                    adjusted_close_price
                    + dividends_to_date
                    - lag(dividends_to_date) over history
                ) / nullif(lag(adjusted_close_price) over history, 0)
                - 1
        end as own_return

    from closes

    window history as (
        partition by calendar, symbol
        order by value_date
    )

),

-- Means have an order, or two builds of one world would differ in the last digit.
sector_returns as (

    select
        calendar,
        value_date,
        sector,
        avg(own_return order by symbol) as sector_return

    from own_returns

    where sector is not null

    group by calendar, value_date, sector

),

asset_class_returns as (

    select
        calendar,
        value_date,
        asset_class,
        avg(own_return order by symbol) as asset_class_return

    from own_returns

    where asset_class is not null

    group by calendar, value_date, asset_class

),

first_days as (

    select
        calendar,
        min(value_date) as first_return_date

    from own_returns

    where own_return is not null

    group by calendar

),

-- Where a symbol has no return, its sector's mean of the day stands in, or its asset class's, or 0.
local_scenarios as (

    select
        own_returns.calendar,
        own_returns.symbol,
        own_returns.symbol_currency,
        own_returns.value_date,
        coalesce(
            own_returns.own_return,
            sector_returns.sector_return,
            asset_class_returns.asset_class_return,
            0
        ) as local_return,
        own_returns.own_return is null as is_proxied

    from own_returns

    inner join first_days
        on own_returns.calendar = first_days.calendar
        and own_returns.value_date >= first_days.first_return_date

    inner join last_day
        on own_returns.value_date <= last_day.last_price_date

    left join sector_returns
        on own_returns.calendar = sector_returns.calendar
        and own_returns.value_date = sector_returns.value_date
        and own_returns.sector = sector_returns.sector

    left join asset_class_returns
        on own_returns.calendar = asset_class_returns.calendar
        and own_returns.value_date = asset_class_returns.value_date
        and own_returns.asset_class = asset_class_returns.asset_class

),

-- Cash does nothing in its own currency.
cash_scenarios as (

    select
        scenario_days.calendar,
        {{ cash_symbol('cash_currencies.currency') }} as symbol,
        cash_currencies.currency as symbol_currency,
        scenario_days.value_date,
        0::double as local_return,
        false as is_proxied

    from (
        select distinct
            calendar,
            value_date

        from local_scenarios
    ) as scenario_days

    cross join cash_currencies

),

rate_changes as (

    select
        book_dates.calendar,
        rates.base_currency,
        rates.quote_currency,
        rates.value_date,
        rates.rate / lag(rates.rate) over (
            partition by book_dates.calendar, rates.base_currency, rates.quote_currency
            order by rates.value_date
        ) - 1 as rate_return

    from rates

    inner join book_dates
        on rates.value_date = book_dates.date

),

all_scenarios as (

    select * from local_scenarios

    union all

    select * from cash_scenarios

),

-- In the currency of who holds it; where there is no rate yet, the rate stood still.
scenarios as (

    select
        ---------- grain
        all_scenarios.calendar,
        scope_currencies.currency,
        all_scenarios.symbol,
        all_scenarios.value_date,

        ---------- measures
        case
            when all_scenarios.symbol_currency = scope_currencies.currency
                then 100 * all_scenarios.local_return
            else 100 * (
                (1 + all_scenarios.local_return) * (1 + coalesce(rate_changes.rate_return, 0)) - 1
            )
        end as scenario_return_pct,

        ---------- flags
        all_scenarios.is_proxied

    from all_scenarios

    inner join scope_currencies
        on all_scenarios.calendar = scope_currencies.calendar

    left join rate_changes
        on all_scenarios.calendar = rate_changes.calendar
        and all_scenarios.symbol_currency = rate_changes.base_currency
        and scope_currencies.currency = rate_changes.quote_currency
        and all_scenarios.value_date = rate_changes.value_date

)

select * from scenarios
