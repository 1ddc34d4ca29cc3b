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
        close_price::double as close_price

    from {{ ref('fact_prices_daily') }}

    where stale_days <= {{ var('stale_days_limit') }}

),

-- The narrowest shock counts: the symbol's own, else its sector's, else its asset class's.
seeded as (

    select
        scenarios.scenario_id,
        scenarios.scenario_kind,
        scenarios.start_date,
        scenarios.end_date,
        symbols.symbol,
        symbols.calendar,
        coalesce(
            symbol_shocks.shock_pct,
            sector_shocks.shock_pct,
            asset_class_shocks.shock_pct,
            0
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
        ---------- grain
        seeded.scenario_id,
        seeded.symbol,

        ---------- attributes
        seeded.end_date as replay_known_date,

        ---------- measures
        seeded.seeded_shock_pct,
        100 * (end_prices.close_price / nullif(start_prices.close_price, 0) - 1) as replay_shock_pct

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

)

select * from replayed
