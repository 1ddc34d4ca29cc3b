with

changes as (

    select
        action_id,
        symbol,
        new_symbol,
        ex_date

    from {{ ref('int_corporate_actions_validated') }}

    where
        rejection_reason is null
        and type = 'SYMBOL_CHANGE'

),

first_prices as (

    select
        symbol,
        min(price_date) as first_date

    from {{ ref('int_prices_dated') }}

    group by symbol

),

-- What is held is then carried at its cost until the first price.
unpriced as (

    select
        'corporate_action' as record_type,
        changes.action_id as record_id,
        'new_symbol has no price by then' as reason,
        changes.symbol,
        changes.ex_date as event_date,
        true as is_booked

    from changes

    left join first_prices
        on changes.new_symbol = first_prices.symbol

    where coalesce(changes.ex_date < first_prices.first_date, true)

)

select * from unpriced
