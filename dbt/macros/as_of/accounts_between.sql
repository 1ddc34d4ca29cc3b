{#
    Every account known at either moment, with the day for which it is valued, as known at
    known_to; and its currency as known at known_from. A restatement changes the account first, so
    that all else is told in the currency, and for the day, that hold now.
#}
{% macro accounts_between() %}
with

days as (

    select
        calendar,
        last_open_date as valuation_day

    from main_intermediate.int_calendar_dates

    where date = value_date::date
        and last_open_date is not null

),

earlier as (

    select
        account_id,
        base_currency,
        calendar

    from main.named_accounts_as_of(known_from)

),

later as (

    select
        account_id,
        base_currency,
        calendar

    from main.named_accounts_as_of(known_to)

),

described as (

    select
        account_id,
        ingested_at as told_at

    from main.accounts_as_of(greatest(known_from::timestamp, known_to::timestamp))

),

compared as (

    select
        coalesce(later.account_id, earlier.account_id) as account_id,
        coalesce(later.base_currency, earlier.base_currency) as base_currency,
        coalesce(later.calendar, earlier.calendar) as calendar,
        earlier.account_id is not null
        and later.account_id is not null
        and (earlier.base_currency, earlier.calendar) <> (later.base_currency, later.calendar)
            as is_changed,
        earlier.base_currency as earlier_base_currency,
        earlier.calendar as earlier_calendar

    from later

    full join earlier
        on later.account_id = earlier.account_id

)

select
    compared.*,
    days.valuation_day,
    described.told_at

from compared

inner join days
    on compared.calendar = days.calendar

left join described
    on compared.account_id = described.account_id
{% endmacro %}
