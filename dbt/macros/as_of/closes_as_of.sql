{#
    The prices in the currency of their symbol, on the clock of its calendar (int_prices_dated).
#}
{% macro dated_prices_as_of() %}
select
    quotes.* replace (
        coalesce(
            quotes.price_date, {{ market_date('quotes.quoted_at', 'calendar_dates') }}
        ) as price_date
    ),
    symbols.calendar

from main.prices_as_of(prices_known_at) as quotes

inner join main.named_symbols_as_of(symbols_known_at) as symbols
    on quotes.symbol = symbols.symbol
    and coalesce(quotes.currency, symbols.currency) = symbols.currency

inner join main_intermediate.int_calendar_dates as calendar_dates
    on symbols.calendar = calendar_dates.calendar
    and coalesce(quotes.price_date, quotes.quoted_at::date) = calendar_dates.date
{% endmacro %}


{#
    The close each symbol is valued at on each calendar's valuation day, in the shares of its own
    day (the splits since then are the ledger's). Prices and descriptions of symbols can be as
    known at different moments: a restatement changes one after the other.
#}
{% macro closes_as_of() %}
with

days as (

    select
        calendar as account_calendar,
        last_open_date as valuation_day

    from main_intermediate.int_calendar_dates

    where date = value_date::date
        and last_open_date is not null

),

calendar_dates as (

    select
        calendar,
        date,
        open_day_number,
        is_open

    from main_intermediate.int_calendar_dates

),

quotes as (

    select *
    from main.dated_prices_as_of(prices_known_at, symbols_known_at)

    where price_date <= value_date::date

),

closes as (

    select
        quotes.symbol,
        quotes.calendar,
        quotes.price_date,
        quotes.close_price,
        quotes.ingested_at as told_at,
        calendar_dates.open_day_number

    from quotes

    inner join calendar_dates
        on quotes.calendar = calendar_dates.calendar
        and quotes.price_date = calendar_dates.date
        and calendar_dates.is_open

    qualify row_number() over (
        partition by quotes.symbol, quotes.price_date
        order by
            quotes.is_official_close desc,
            quotes.quoted_at desc,
            quotes.ingested_at desc,
            quotes.batch_id desc,
            quotes.source_row desc
    ) = 1

),

-- Most calendars have the same day, so it is looked up once.
last_closes as (

    select
        valuation_days.valuation_day,
        closes.*

    from (select distinct valuation_day from days) as valuation_days

    inner join closes
        on valuation_days.valuation_day >= closes.price_date

    qualify row_number() over (
        partition by valuation_days.valuation_day, closes.symbol
        order by closes.price_date desc
    ) = 1

)

select
    days.account_calendar,
    last_closes.symbol,
    last_closes.price_date,
    last_closes.valuation_day as carried_to_date,
    last_closes.close_price::double as close_price,
    (calendar_dates.open_day_number - last_closes.open_day_number)::integer as stale_days,
    last_closes.told_at

from last_closes

inner join days
    on last_closes.valuation_day = days.valuation_day

inner join calendar_dates
    on last_closes.calendar = calendar_dates.calendar
    and last_closes.valuation_day = calendar_dates.date
{% endmacro %}


{#
    A close in the shares of the day that it is carried to: a list of the ledger's splits says
    which have come since.
#}
{% macro carried_close(close, holding) -%}
    {{ close }}.close_price * coalesce(
        list_product(
            list_transform(
                list_filter(
                    {{ holding }}.splits,
                    lambda split : split.ex_date > {{ close }}.price_date
                    and split.ex_date <= {{ close }}.carried_to_date
                ),
                lambda split : split.price_ratio
            )
        ),
        1
    )
{%- endmacro %}
