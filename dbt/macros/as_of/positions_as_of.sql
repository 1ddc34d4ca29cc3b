{#
    What was ever booked of each symbol in each account by value_date, with its worth: flat
    positions too, for their cash, and also where the day has no price yet.
#}
{% macro holdings_as_of() %}
with

holdings as (

    select * from main.ledger_between(value_date, known_at, known_at)

    where is_booked

),

priced as (

    select
        holdings.*,
        days.is_priced,
        ({{ carried_close('closes', 'holdings') }})::decimal(28, 10) as close_price,
        closes.stale_days,
        case when holdings.currency = holdings.base_currency then 1 else rates.rate end as fx_rate,
        case when holdings.currency = holdings.base_currency then 0 else rates.fx_stale_days end
            as fx_stale_days

    from holdings

    inner join main.valuation_days_as_of(value_date, known_at) as days
        on holdings.calendar = days.calendar

    left join main.closes_as_of(value_date, known_at, known_at) as closes
        on holdings.calendar = closes.account_calendar
        and holdings.symbol = closes.symbol

    left join main.fx_rates_between(value_date, known_at, known_at) as rates
        on holdings.calendar = rates.calendar
        and holdings.currency = rates.from_currency
        and holdings.base_currency = rates.to_currency

)

select
    account_id,
    symbol,
    valuation_day,
    currency,
    position,
    average_cost,
    close_price,
    stale_days,
    fx_rate::double as fx_rate,
    fx_stale_days,
    case
        when position = 0 then 0
        else position::double * multiplier * coalesce(close_price::double, average_cost) * fx_rate
    end as market_value,
    cash_amount,
    is_priced

from priced
{% endmacro %}


{#
    positions_as_of(value_date, known_at): what each account held at the end of a day, at what
    cost and worth, as known at a moment: fact_positions_daily of a rebuild as known then, without
    what is flat. One row per account and symbol. For a day on which an account is not valued, its
    last one before.
#}
{% macro positions_as_of() %}
select
    ---------- grain
    account_id,
    symbol,
    valuation_day as value_date,

    ---------- attributes
    currency,
    case
        when fx_rate is null then 'missing_fx'
        when close_price is null then 'at_cost'
        else 'ok'
    end as value_status,

    ---------- measures
    position as cumulative_position,
    average_cost as avg_cost_per_share,
    close_price,
    stale_days,
    fx_rate,
    fx_stale_days,
    market_value

from main.holdings_as_of(value_date, known_at)

where position <> 0
    and is_priced
{% endmacro %}
