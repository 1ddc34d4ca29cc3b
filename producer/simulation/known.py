"""What the warehouse knows already, asked by live producers before they add to it.

The file is opened as for writing, even to read: DuckDB lets the threads of one process share a file
in one mode only, and the producers beside this one write.
"""

from collections.abc import Sequence
from pathlib import Path

from producer.common.database import connection, create_raw_tables, transaction
from producer.records import Account, CashEvent, Instrument, Price

_LATEST_PRICES = f"""
select symbol, close::double
from main.{Price.TABLE}
where list_contains($symbols, symbol) and close > 0
-- An official close has no time of day: it counts from the end of its day.
qualify row_number() over (
    partition by symbol
    order by coalesce("timestamp", date + interval 1 day) desc, ingested_at desc,
        batch_id desc, source_row desc
) = 1
"""  # noqa: S608 - the name is the contract's


def prepare(path: Path) -> None:
    """Create the warehouse and its raw tables where they are missing."""
    with connection(path) as con, transaction(con):
        create_raw_tables(con)


def unknown_symbols(path: Path, symbols: Sequence[str]) -> list[str]:
    """Return those of the symbols that are not in raw_instruments."""
    return _unknown(path, Instrument.TABLE, "symbol", symbols)


def unknown_accounts(path: Path, accounts: Sequence[str]) -> list[str]:
    """Return those of the accounts that are not in raw_accounts."""
    return _unknown(path, Account.TABLE, "account_id", accounts)


def accounts_without_cash(path: Path, accounts: Sequence[str]) -> list[str]:
    """Return those of the accounts that have no cash event."""
    return _unknown(path, CashEvent.TABLE, "account_id", accounts)


def latest_prices(path: Path, symbols: Sequence[str]) -> dict[str, float]:
    """Return the last price of each symbol that has one."""
    with connection(path) as con:
        return dict(con.execute(_LATEST_PRICES, {"symbols": list(symbols)}).fetchall())


def _unknown(path: Path, table: str, column: str, values: Sequence[str]) -> list[str]:
    statement = f"select distinct {column} from main.{table}"  # noqa: S608 - the contract's names
    with connection(path) as con:
        known = {value for (value,) in con.execute(statement).fetchall()}
    return [value for value in values if value not in known]
