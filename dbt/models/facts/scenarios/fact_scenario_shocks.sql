with

scenarios as (

    select
        scenario_id,
        scenario_kind,
        start_date,
        end_date

    from {{ ref('dim_scenario') }}

),

shocks as (

    select
        scenario_id,
        shock_level,
        shock_key,
        shock_pct

    from {{ ref('stg_scenario_shocks') }}

),

symbols as (

    select
        symbol,
        sector,
        asset_class,
        currency,
        calendar

    from {{ ref('dim_symbol') }}

),

cash_currencies as (

    select distinct currency
    from {{ ref('fact_cash_balances_daily') }}

),

scope_currencies as (

    select distinct currency
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
        adjusted_close_price,
        dividends_to_date

    from {{ ref('fact_prices_daily') }}

    where stale_days <= {{ var('stale_days_limit') }}

),

-- The narrowest shock counts: the symbol's own, else its sector's, else its asset class's. None is
-- not a shock of 0: the scenario says nothing of such a symbol.
seeded as (

    select
        scenarios.scenario_id,
        scenarios.scenario_kind,
        scenarios.start_date,
        scenarios.end_date,
        symbols.symbol,
        symbols.currency,
        symbols.calendar,
        coalesce(
            symbol_shocks.shock_pct,
            sector_shocks.shock_pct,
            asset_class_shocks.shock_pct
        ) as seeded_shock_pct

    from scenarios

    cross join symbols

    left join shocks as symbol_shocks
        on scenarios.scenario_id = symbol_shocks.scenario_id
        and symbol_shocks.shock_level = 'symbol'
        and symbols.symbol = symbol_shocks.shock_key

    left join shocks as sector_shocks
        on scenarios.scenario_id = sector_shocks.scenario_id
        and sector_shocks.shock_level = 'sector'
        and symbols.sector = sector_shocks.shock_key

    left join shocks as asset_class_shocks
        on scenarios.scenario_id = asset_class_shocks.scenario_id
        and asset_class_shocks.shock_level = 'asset_class'
        and symbols.asset_class = asset_class_shocks.shock_key

),

-- A replay takes what the symbol did between the two closes, where it had both: a close that was
-- carried for long says nothing of what the symbol did.
replayed as (

    select
        seeded.scenario_id,
        seeded.symbol,
        seeded.currency,
        seeded.start_date,
        seeded.end_date,
        seeded.seeded_shock_pct,
        (
            end_prices.adjusted_close_price + end_prices.dividends_to_date
            - start_prices.dividends_to_date
        )
        / nullif(start_prices.adjusted_close_price, 0) as local_growth

    from seeded

    left join calendar_dates as start_dates
        on seeded.calendar = start_dates.calendar
        and seeded.start_date = start_dates.date

    left join prices as start_prices
        on seeded.symbol = start_prices.symbol
        and start_dates.last_open_date = start_prices.value_date

    left join calendar_dates as end_dates
        on seeded.calendar = end_dates.calendar
        and seeded.end_date = end_dates.date

    left join prices as end_prices
        on seeded.symbol = end_prices.symbol
        and end_dates.last_open_date = end_prices.value_date

),

-- Cash does nothing in its own currency.
cash_replayed as (

    select
        scenarios.scenario_id,
        {{ cash_symbol('cash_currencies.currency') }} as symbol,
        cash_currencies.currency,
        scenarios.start_date,
        scenarios.end_date,
        0::double as seeded_shock_pct,
        case when scenarios.end_date is not null then 1::double end as local_growth

    from scenarios

    cross join cash_currencies

),

replays as (

    select * from replayed

    union all

    select * from cash_replayed

),

-- A price shock is one in every currency; a replay takes the rate along.
converted as (

    select
        ---------- grain
        replays.scenario_id,
        scope_currencies.currency,
        replays.symbol,

        ---------- attributes
        replays.end_date as replay_known_date,

        ---------- measures
        replays.seeded_shock_pct,
        100 * (
            replays.local_growth
            * case
                when replays.currency = scope_currencies.currency then 1::double
                else end_rates.rate / start_rates.rate
            end
            - 1
        ) as replay_shock_pct

    from replays

    cross join scope_currencies

    left join rates as start_rates
        on replays.currency = start_rates.base_currency
        and scope_currencies.currency = start_rates.quote_currency
        and replays.start_date = start_rates.value_date

    left join rates as end_rates
        on replays.currency = end_rates.base_currency
        and scope_currencies.currency = end_rates.quote_currency
        and replays.end_date = end_rates.value_date

)

select * from converted
