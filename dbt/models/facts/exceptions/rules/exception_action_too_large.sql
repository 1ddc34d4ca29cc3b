with

actions as (

    select
        action_id,
        account_id,
        ex_date

    from {{ ref('fact_corporate_actions') }}

    where not is_applied

),

corporate_actions as (

    select
        action_id,
        symbol

    from {{ ref('int_corporate_actions_validated') }}

),

too_large as (

    select
        'corporate_action' as record_type,
        actions.action_id as record_id,
        'makes a position or a cost too large: the position stays' as reason,
        any_value(corporate_actions.symbol) as symbol,
        any_value(actions.ex_date) as event_date,
        'in ' || string_agg(actions.account_id, ', ' order by actions.account_id) as detail,
        true as is_booked

    from actions

    inner join corporate_actions
        on actions.action_id = corporate_actions.action_id

    group by actions.action_id

)

select * from too_large
