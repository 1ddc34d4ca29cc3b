with

actions as (

    select
        action_id,
        symbol,
        ex_date

    from {{ ref('int_corporate_actions_validated') }}

    where rejection_reason is null

),

appearances as (

    select
        symbol,
        price_date as date

    from {{ ref('int_prices_dated') }}

    union all

    select
        symbol,
        trade_date as date

    from {{ ref('int_trades_dated') }}

    union all

    select
        symbol,
        transfer_date as date

    from {{ ref('int_security_transfers_paired') }}

),

histories as (

    select
        symbol,
        min(date) as first_date

    from appearances

    group by symbol

),

early as (

    select
        'corporate_action' as record_type,
        actions.action_id as record_id,
        'before the first price and trade of its symbol' as reason,
        actions.symbol,
        actions.ex_date as event_date,
        true as is_booked

    from actions

    left join histories
        on actions.symbol = histories.symbol

    where coalesce(actions.ex_date < histories.first_date, true)

)

select * from early
