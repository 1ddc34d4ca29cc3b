-- A returned row is a spin-off or change of symbol of which another quantity arrived than left: the
-- shares of the ratio, rounded half away from zero (law 1).
with

departures as (

    select
        booked.action_id,
        booked.account_id,
        staged.new_symbol,
        sign(booked.position_before) * (
            (
                2 * abs((booked.position_before * 100000000)::hugeint) * staged.new_shares
                + staged.old_shares
            ) // (2 * staged.old_shares)
        ) as units_leaving

    from {{ ref('fact_corporate_actions') }} as booked

    inner join {{ ref('stg_corporate_actions') }} as staged
        on booked.action_id = staged.action_id

    where
        booked.type in ('SPINOFF', 'SYMBOL_CHANGE')
        and not booked.is_arrival
        and booked.is_applied

),

arrivals as (

    select
        action_id,
        account_id,
        symbol,
        ((position_after - position_before) * 100000000)::hugeint as units_arrived

    from {{ ref('fact_corporate_actions') }}

    where is_arrival

)

select
    coalesce(departures.action_id, arrivals.action_id) as action_id,
    coalesce(departures.account_id, arrivals.account_id) as account_id,
    departures.units_leaving,
    arrivals.units_arrived

from departures

full outer join arrivals
    on departures.action_id = arrivals.action_id
    and departures.account_id = arrivals.account_id
    and departures.new_symbol = arrivals.symbol

where coalesce(departures.units_leaving, 0) <> coalesce(arrivals.units_arrived, 0)
