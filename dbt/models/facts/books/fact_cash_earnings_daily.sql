with

cash_events as (

    select
        event_id,
        account_id,
        transfer_id,
        action_id,
        type,
        currency,
        value_date,
        base_amount

    from {{ ref('fact_cash_events') }}

    where type in ('INTEREST', 'FEE', 'TAX', 'REBATE', 'CASH_IN_LIEU', 'FX_IN', 'FX_OUT')

),

-- Their fractions realise what they are paid for.
fractions_paid as (

    select action_id
    from {{ ref('fact_corporate_actions') }}

    where type = 'CASH_IN_LIEU'

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

-- What a conversion gains or loses against the day's rate belongs to the currency it brought in.
placed as (

    select
        cash_events.account_id,
        cash_events.value_date,
        cash_events.type,
        case
            when cash_events.type in ('FX_IN', 'FX_OUT')
                then coalesce(
                    min(case when cash_events.type = 'FX_IN' then cash_events.currency end)
                        over same_conversion,
                    cash_events.currency
                )
            else cash_events.currency
        end as currency,
        cash_events.base_amount

    from cash_events

    inner join last_day
        on cash_events.value_date <= last_day.last_price_date

    anti join fractions_paid
        on cash_events.action_id = fractions_paid.action_id

    window same_conversion as (
        partition by
            cash_events.account_id,
            cash_events.value_date,
            coalesce(cash_events.transfer_id, cash_events.event_id),
            left(cash_events.type, 2)
    )

),

earned as (

    select
        ---------- grain
        account_id,
        currency,
        value_date,

        ---------- measures
        {{ sum_or_null("case when type = 'INTEREST' then base_amount else 0 end") }} as interest,
        {{ sum_or_null("case when type in ('FEE', 'TAX', 'REBATE') then -base_amount else 0 end") }}
            as fees,
        {{ sum_or_null("case when type = 'CASH_IN_LIEU' then base_amount else 0 end") }}
            as cash_in_lieu,
        {{ sum_or_null("case when type in ('FX_IN', 'FX_OUT') then base_amount else 0 end") }}
            as conversion_pnl

    from placed

    group by account_id, currency, value_date

)

select * from earned
