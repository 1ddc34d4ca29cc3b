-- A returned row is a trade or cash event that staging holds and the books lost or invented.
with

booked as (

    select
        trade_id as id,
        'trade' as kind

    from {{ ref('fact_trades') }}

    union all

    select
        event_id as id,
        'cash event' as kind

    from {{ ref('fact_cash_events') }}

),

staged as (

    select
        trade_id as id,
        'trade' as kind

    from {{ ref('stg_trades') }}

    union all

    select
        event_id as id,
        'cash event' as kind

    from {{ ref('stg_cash_events') }}

)

select
    coalesce(staged.kind, booked.kind) as kind,
    coalesce(staged.id, booked.id) as id,
    staged.id is not null as has_staged,
    booked.id is not null as has_booked

from staged

full outer join booked
    on staged.kind = booked.kind
    and staged.id = booked.id

where staged.id is null or booked.id is null
