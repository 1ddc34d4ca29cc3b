{#
    Symbols as known at one moment or the other, in the same way. A symbol that no one could hold
    yet at known_from was not told otherwise by its first description: that counts from the start.

    is_as_later: whether it is described as known at known_to.
#}
{% macro symbols_between() %}
with

holdable as (

    select symbol
    from main.raw_trades

    where ingested_at <= known_from::timestamp

    union

    select symbol
    from main.raw_security_transfers

    where ingested_at <= known_from::timestamp

    union

    select new_symbol as symbol
    from main.raw_corporate_actions

    where ingested_at <= known_from::timestamp

),

earlier as (

    select
        symbol,
        currency,
        calendar,
        multiplier

    from main.named_symbols_as_of(known_from)

),

later as (

    select
        symbol,
        currency,
        calendar,
        multiplier

    from main.named_symbols_as_of(known_to)

),

described as (

    select
        symbol,
        ingested_at as told_at

    from main.instruments_as_of(greatest(known_from::timestamp, known_to::timestamp))

),

compared as (

    select
        coalesce(later.symbol, earlier.symbol) as symbol,
        later.symbol is not null as is_known_later,
        earlier.symbol is not null
        and later.symbol is not null
        and holdable.symbol is not null
        and (earlier.currency, earlier.calendar, earlier.multiplier)
        <> (later.currency, later.calendar, later.multiplier) as is_changed,
        coalesce(later.currency, earlier.currency) as currency,
        coalesce(later.calendar, earlier.calendar) as calendar,
        coalesce(later.multiplier, earlier.multiplier) as multiplier,
        earlier.currency as earlier_currency,
        earlier.calendar as earlier_calendar,
        earlier.multiplier as earlier_multiplier

    from later

    full join earlier
        on later.symbol = earlier.symbol

    left join holdable
        on earlier.symbol = holdable.symbol

    where coalesce(later.symbol, earlier.symbol) is not null

),

states as (

    select
        symbol,
        currency,
        calendar,
        multiplier,
        not is_changed as is_in_from,
        true as is_in_to,
        is_known_later as is_as_later

    from compared

    union all

    select
        symbol,
        earlier_currency as currency,
        earlier_calendar as calendar,
        earlier_multiplier as multiplier,
        true as is_in_from,
        false as is_in_to,
        false as is_as_later

    from compared

    where is_changed

)

select
    states.symbol,
    states.currency,
    states.calendar,
    states.multiplier::double as multiplier,
    states.is_in_from,
    states.is_in_to,
    states.is_as_later,
    described.told_at

from states

left join described
    on states.symbol = described.symbol
{% endmacro %}
