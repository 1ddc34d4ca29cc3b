with

actions as (

    select
        action_id,
        symbol,
        new_symbol,
        type,
        ex_date

    from {{ ref('int_corporate_actions_validated') }}

    where rejection_reason is null

),

-- Changes of one day are booked in alphabetical order; only the source knows the true one.
ambiguous as (

    select
        'corporate_action' as record_type,
        actions.action_id as record_id,
        'new_symbol changes its own symbol that day' as reason,
        actions.symbol,
        actions.ex_date as event_date,
        true as is_booked

    from actions

    semi join actions as changes
        on actions.new_symbol = changes.symbol
        and actions.ex_date = changes.ex_date
        and changes.type = 'SYMBOL_CHANGE'

    where actions.type in ('SPINOFF', 'SYMBOL_CHANGE')

)

select * from ambiguous
