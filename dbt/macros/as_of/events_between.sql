{#
    Events as known at one moment or the other, for the ledger that replays both: an event both
    agree on once, one that was told otherwise in between in each of its states.

    raw_identity: how the raw table names the events, where it does not name them as staging does.
    is_in_from, is_in_to: whether that state was known at known_from, at known_to; told_at: when
    the event was last told of in between, null if it was not.
#}
{% macro events_between(kind, identity, payload, raw_identity=none) %}
with

moments as (

    select
        least(known_from::timestamp, known_to::timestamp) as first_moment,
        greatest(known_from::timestamp, known_to::timestamp) as last_moment

),

retold as (

    select
        {{ raw_identity or identity | join(', ') }},
        max(ingested_at) as told_at

    from main.raw_{{ kind }}

    cross join moments

    where ingested_at > moments.first_moment
        and ingested_at <= moments.last_moment

    group by all

),

earlier as (

    select
        events.*,
        retold.told_at

    from main.{{ kind }}_as_of(known_from) as events

    left join retold
        on {{ same_values('events', 'retold', identity) }}

),

later as (

    select
        events.*,
        retold.told_at

    from main.{{ kind }}_as_of(known_to) as events

    inner join retold
        on {{ same_values('events', 'retold', identity) }}

),

states as (

    select
        earlier.*,
        true as is_in_from,
        earlier.told_at is null or later.told_at is not null as is_in_to

    from earlier

    left join later
        on {{ same_values('earlier', 'later', identity + payload) }}

    union all

    select
        later.*,
        false as is_in_from,
        true as is_in_to

    from later

    anti join earlier
        on {{ same_values('earlier', 'later', identity + payload) }}

)

select * from states
{% endmacro %}


{% macro same_values(left, right, columns) -%}
    {% for column in columns -%}
        {{ left }}.{{ column }} is not distinct from {{ right }}.{{ column }}
        {%- if not loop.last %} and {% endif %}
    {%- endfor %}
{%- endmacro %}


{% macro trades_between() %}
    {{ return(events_between(
        'trades',
        ['trade_id'],
        ['account_id', 'symbol', 'signed_quantity', 'price', 'fees', 'currency', 'executed_at']
    )) }}
{% endmacro %}


{% macro cash_events_between() %}
    {{ return(events_between(
        'cash_events',
        ['event_id'],
        ['account_id', 'type', 'amount', 'currency', 'occurred_at', 'action_id', 'symbol']
    )) }}
{% endmacro %}


{% macro corporate_actions_between() %}
    {{ return(events_between(
        'corporate_actions',
        ['action_id'],
        ['new_shares', 'old_shares', 'amount', 'new_symbol', 'cost_fraction_ratio', 'currency'],
        raw_identity="concat_ws('|', symbol, ex_date, type, nullif(action_id, '')) as action_id"
    )) }}
{% endmacro %}
