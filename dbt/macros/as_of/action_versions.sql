{#
    CTEs of ledger_between: every corporate action in each of its states, with the rate that converts
    a return of capital; and cash in lieu, the action of one account, which takes a fraction away.
#}
{% macro action_versions() -%}
actions_told as materialized (

    select * from main.corporate_actions_between(known_from, known_to)

),

{{ rates_of_ex_dates('earlier_ex_rates', 'known_from') }},

{{ rates_of_ex_dates('later_ex_rates', 'known_to') }},

actions_rated as (

    select
        actions_told.*,
        earlier_ex_rates.rate as earlier_rate,
        later_ex_rates.rate as later_rate

    from actions_told

    left join symbol_versions
        on actions_told.symbol = symbol_versions.symbol
        and symbol_versions.is_in_to

    left join earlier_ex_rates
        on actions_told.type = 'RETURN_OF_CAPITAL'
        and actions_told.ex_date = earlier_ex_rates.ex_date
        and actions_told.currency = earlier_ex_rates.from_currency
        and symbol_versions.currency = earlier_ex_rates.to_currency

    left join later_ex_rates
        on actions_told.type = 'RETURN_OF_CAPITAL'
        and actions_told.ex_date = later_ex_rates.ex_date
        and actions_told.currency = later_ex_rates.from_currency
        and symbol_versions.currency = later_ex_rates.to_currency

),

-- A rate told otherwise changes the action whose cost it converts.
action_versions as materialized (

    select
        *,
        {{ told_action() }} as told

    from (
        select
            null::varchar as account_id,
            null::timestamp as executed_at,
            * exclude (is_in_to),
            is_in_to and (not is_in_from or earlier_rate is not distinct from later_rate)
                as is_in_to,
            case when is_in_from then earlier_rate else later_rate end as ex_rate

        from actions_rated

        union all by name

        select
            * exclude (is_in_from) replace (
                coalesce(told_at, greatest(known_from::timestamp, known_to::timestamp)) as told_at
            ),
            false as is_in_from,
            later_rate as ex_rate

        from actions_rated

        where is_in_from
            and is_in_to
            and earlier_rate is distinct from later_rate

        union all by name

        select
            cash_events.action_id,
            cash_events.account_id,
            cash_events.symbol,
            cash_events.type,
            {{ market_date('cash_events.occurred_at', 'calendar_dates') }} as ex_date,
            cash_events.occurred_at as executed_at,
            coalesce(cash_events.currency, accounts.base_currency) as currency,
            cash_events.amount,
            1 as new_shares,
            1 as old_shares,
            cash_events.told_at,
            cash_events.is_in_from,
            cash_events.is_in_to

        from main.cash_events_between(known_from, known_to) as cash_events

        inner join accounts
            on cash_events.account_id = accounts.account_id

        inner join main_intermediate.int_calendar_dates as calendar_dates
            on accounts.calendar = calendar_dates.calendar
            and cash_events.occurred_at::date = calendar_dates.date

        where cash_events.action_id is not null
    )

)
{%- endmacro %}


{#
    The rates of the ex-dates on which capital is returned in a currency that is named, as known
    at a moment: on the calendar on which every day is a day.
#}
{% macro rates_of_ex_dates(name, known_at) %}
{{ name }} as materialized (

    select
        ex_dates.ex_date,
        rates.from_currency,
        rates.to_currency,
        rates.rate

    from (
        select distinct ex_date
        from actions_told

        where type = 'RETURN_OF_CAPITAL'
            and currency is not null
    ) as ex_dates

    cross join lateral main.fx_rates_between(ex_date, {{ known_at }}, {{ known_at }}) as rates

    where rates.calendar = '24x7'

)
{% endmacro %}
