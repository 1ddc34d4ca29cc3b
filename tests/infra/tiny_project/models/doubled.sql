-- What the tests make fail, they make fail by what they load into `numbers`.
select
    number,
    2 * number as twice

from {{ source('loaded', 'numbers').include(database=false) }}
