{{ config(materialized='table') }}

with

accounts_changed as (

    select
        account_id,
        first_changed_date

    from {{ ref('int_accounts_changed') }}

),

new_rows as (

    select
        kind,
        first_date

    from {{ ref('stg_new_events') }}

),

members as (

    select
        scope_type,
        scope_id,
        account_id,
        scope_calendar,
        scope_currency

    from {{ ref('int_scope_accounts') }}

),

scopes_built as (

    select
        scope_type,
        scope_id,
        calendar,
        currency

    from {{ ref('stg_built_scopes') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date

    from {{ ref('int_calendar_dates') }}

),

scopes as (

    select distinct
        scope_type,
        scope_id,
        scope_calendar,
        scope_currency

    from members

),

-- The first day with another price or action, of any symbol: one row, or none.
market_changes as (

    select min(first_date) as first_changed_date
    from new_rows

    where kind in ('price', 'corporate_action')

    having count(*) > 0

),

-- A scope changes with its accounts, those included that no event names any more; whole, if it is
-- new, gone or valued on other days than before; and with every price and action, since what one
-- symbol did stands in for another that has no return.
changes as (

    select
        members.scope_type,
        members.scope_id,
        accounts_changed.first_changed_date

    from accounts_changed

    inner join members
        on accounts_changed.account_id = members.account_id

    union all

    select
        unnest(['firm', 'desk']) as scope_type,
        unnest(['firm', 'unassigned']) as scope_id,
        accounts_changed.first_changed_date

    from accounts_changed

    anti join members
        on accounts_changed.account_id = members.account_id

    union all

    select
        coalesce(scopes.scope_type, scopes_built.scope_type) as scope_type,
        coalesce(scopes.scope_id, scopes_built.scope_id) as scope_id,
        date '1900-01-01' as first_changed_date

    from scopes

    full outer join scopes_built
        on scopes.scope_type = scopes_built.scope_type
        and scopes.scope_id = scopes_built.scope_id

    where
        scopes.scope_calendar is distinct from scopes_built.calendar
        or scopes.scope_currency is distinct from scopes_built.currency

    union all

    select
        scopes.scope_type,
        scopes.scope_id,
        market_changes.first_changed_date

    from scopes

    cross join market_changes

),

first_changes as (

    select
        scope_type,
        scope_id,
        min(first_changed_date) as first_changed_date

    from changes

    group by scope_type, scope_id

),

changed as (

    select
        ---------- grain
        first_changes.scope_type,
        first_changes.scope_id,

        ---------- attributes
        first_changes.first_changed_date,
        coalesce(calendar_dates.last_open_date, first_changes.first_changed_date)
            as previous_open_date

    from first_changes

    left join scopes
        on first_changes.scope_type = scopes.scope_type
        and first_changes.scope_id = scopes.scope_id

    left join calendar_dates
        on scopes.scope_calendar = calendar_dates.calendar
        and first_changes.first_changed_date - 1 = calendar_dates.date

)

select * from changed
