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

closes as (

    select
        quotes.symbol,
        symbols.calendar,
        quotes.price_date,
        quotes.close_price,
        quotes.ingested_at as told_at,
        calendar_dates.open_day_number

    from main.prices_as_of(prices_known_at) as quotes

    inner join main.named_symbols_as_of(symbols_known_at) as symbols
        on quotes.symbol = symbols.symbol
        and coalesce(quotes.currency, symbols.currency) = symbols.currency

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and quotes.price_date = calendar_dates.date
        and calendar_dates.is_open

    where quotes.price_date <= value_date::date

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

last_closes as (

    select
        days.account_calendar,
        days.valuation_day,
        closes.*

    from days

    inner join closes
        on days.valuation_day >= closes.price_date

    qualify row_number() over (
        partition by days.account_calendar, closes.symbol
        order by closes.price_date desc
    ) = 1

)

select
    last_closes.account_calendar,
    last_closes.symbol,
    last_closes.price_date,
    last_closes.valuation_day as carried_to_date,
    last_closes.close_price::double as close_price,
    (calendar_dates.open_day_number - last_closes.open_day_number)::integer as stale_days,
    last_closes.told_at

from last_closes

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
