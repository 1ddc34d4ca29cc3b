{{ config(materialized='view') }}

with

exceptions as (

    select
        ---------- grain
        record_type as kind,
        record_id as event_key,
        reason,
        account_id,

        ---------- ids
        symbol,

        ---------- attributes
        event_date,
        detail,

        ---------- flags
        is_booked

    from {{ ref('fact_booking_exceptions') }}

)

select * from exceptions
