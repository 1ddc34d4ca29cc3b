{# Legs of transfers as known at a moment, as int_security_transfers_dated has the current ones. #}
{% macro transfers_dated_as_of() %}
select
    transfers.*,
    symbols.currency,
    {{ market_date('transfers.occurred_at', 'calendar_dates') }} as transfer_date

from main.security_transfers_as_of(known_at) as transfers

inner join main.named_symbols_as_of(known_at) as symbols
    on transfers.symbol = symbols.symbol

inner join main_intermediate.int_calendar_dates as calendar_dates
    on symbols.calendar = calendar_dates.calendar
    and transfers.occurred_at::date = calendar_dates.date
{% endmacro %}


{#
    The legs of transfers as known at a moment, each at the cost of what brings no lots: the one it
    names, else the last close by its day.
#}
{% macro transfers_priced_as_of() %}
with

closes as (

    select
        quotes.symbol,
        quotes.price_date,
        quotes.close_price,
        quotes.ingested_at

    from main.dated_prices_as_of(known_at, known_at) as quotes

    inner join main_intermediate.int_calendar_dates as calendar_dates
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

transfers as (

    select *
    from main.transfers_paired_as_of(known_at)

),

last_closes as (

    select
        transfers.event_id,
        closes.price_date,
        closes.close_price::double as close_price,
        closes.ingested_at

    from transfers

    asof inner join closes
        on transfers.symbol = closes.symbol
        and transfers.transfer_date >= closes.price_date

    where transfers.cost_per_share is null

),

splits as (

    select
        last_closes.event_id,
        product(
            actions.old_shares::double / actions.new_shares
            order by actions.old_shares::double / actions.new_shares
        ) as price_ratio

    from last_closes

    inner join transfers
        on last_closes.event_id = transfers.event_id

    inner join main.named_symbols_as_of(known_at) as symbols
        on transfers.symbol = symbols.symbol

    inner join main.corporate_actions_as_of(known_at) as actions
        on transfers.symbol = actions.symbol
        and coalesce(actions.currency, symbols.currency) = symbols.currency
        and last_closes.price_date < actions.ex_date
        and transfers.transfer_date >= actions.ex_date
        and actions.type = 'SPLIT'

    group by last_closes.event_id

)

select
    transfers.*,
    coalesce(
        transfers.cost_per_share,
        (last_closes.close_price * coalesce(splits.price_ratio, 1))::decimal(28, 10)
    ) as unit_cost,
    last_closes.ingested_at as close_told_at

from transfers

left join last_closes
    on transfers.event_id = last_closes.event_id

left join splits
    on transfers.event_id = splits.event_id
{% endmacro %}


{#
    Legs of transfers as known at one moment or the other, as events_between has other events; a
    leg is told otherwise too when another one makes a pair of it, or when its close is another.
#}
{% macro transfers_between() %}
with

moments as (

    select
        least(known_from::timestamp, known_to::timestamp) as first_moment,
        greatest(known_from::timestamp, known_to::timestamp) as last_moment

),

retold as (

    select
        event_id,
        max(ingested_at) as told_at

    from main.raw_security_transfers

    cross join moments

    where ingested_at > moments.first_moment
        and ingested_at <= moments.last_moment

    group by event_id

),

-- A leg of the same transfer that was told since may have made or broken a pair.
retold_transfers as (

    select
        told.transfer_id,
        max(retold.told_at) as told_at

    from main.raw_security_transfers as told

    inner join retold
        on told.event_id = retold.event_id

    group by told.transfer_id

),

earlier as (

    select * from main.transfers_priced_as_of(known_from)

),

later as (

    select * from main.transfers_priced_as_of(known_to)

),

states as (

    select
        earlier.*,
        true as is_in_from,
        later.event_id is not null as is_in_to

    from earlier

    left join later
        on {{ same_values('earlier', 'later', transfer_payload()) }}

    union all

    select
        later.*,
        false as is_in_from,
        true as is_in_to

    from later

    anti join earlier
        on {{ same_values('earlier', 'later', transfer_payload()) }}

)

select
    states.*,
    coalesce(
        retold.told_at,
        retold_transfers.told_at,
        max(states.close_told_at) over (partition by states.event_id),
        greatest(known_from::timestamp, known_to::timestamp)
    ) as told_at

from states

left join retold
    on states.event_id = retold.event_id

left join retold_transfers
    on states.transfer_id = retold_transfers.transfer_id
{% endmacro %}


{% macro transfer_payload() %}
    {{ return([
        'event_id', 'account_id', 'symbol', 'signed_quantity', 'occurred_at', 'effective_at',
        'order_key', 'out_event_id', 'unit_cost',
    ]) }}
{% endmacro %}
