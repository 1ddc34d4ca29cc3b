"""The kernel of the historical simulation against the join that says the same in plain SQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from kernels.historical_simulation import tail_length, worst_losses
from tests.variables import VARIABLES

pytestmark = pytest.mark.benchmark

SCOPES, DAYS, SYMBOLS, HISTORY = 25, 120, 12, 400
WINDOW = VARIABLES["var_window"]
TAIL = tail_length(WINDOW, VARIABLES["confidence_levels"])
ROUNDS = 3

PLAIN_SQL = f"""
    with losses as (
        select
            holdings.scope,
            holdings.day,
            -sum(holdings.market_value * scenarios.scenario_return) as loss
        from holdings
        inner join scenarios
            on holdings.symbol = scenarios.symbol
            and scenarios.day between holdings.day - {WINDOW} + 1 and holdings.day
        group by holdings.scope, holdings.day, scenarios.day
    )
    select scope, day, max(loss, {TAIL}) as worst from losses group by scope, day order by all
"""  # noqa: S608 - our own numbers

Floats = NDArray[np.float64]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Books:
    """Holdings of the last days of a history."""

    market_values: Floats
    """Shape (scopes, days, symbols)."""
    returns: Floats
    """Shape (history, symbols)."""


@pytest.fixture(scope="module")
def books() -> Books:
    """Random books; the days are the last of the history."""
    random = np.random.default_rng(3)
    return Books(
        random.normal(0, 1e5, (SCOPES, DAYS, SYMBOLS)),
        0.02 * random.standard_t(4, (HISTORY, SYMBOLS)),
    )


def by_kernel(books: Books) -> Floats:
    """The worst losses of each scope and day, from the kernel."""
    known = np.arange(HISTORY - DAYS, HISTORY) + 1
    no_proxies = np.zeros(books.returns.shape, dtype=bool)
    return np.array(
        [
            worst_losses(
                held, books.returns, no_proxies, known, window=WINDOW, tail=TAIL
            ).worst_losses
            for held in books.market_values
        ]
    )


def tables(books: Books) -> duckdb.DuckDBPyConnection:
    """The same books as two tables, indexed by nothing, in memory."""
    scope, day, symbol = (axis.ravel() for axis in np.indices(books.market_values.shape))
    scenario_day, scenario_symbol = (axis.ravel() for axis in np.indices(books.returns.shape))
    connection = duckdb.connect()
    holdings = pa.table(
        {
            "scope": scope,
            "day": day + HISTORY - DAYS,
            "symbol": symbol,
            "market_value": books.market_values.ravel(),
        }
    )
    scenarios = pa.table(
        {
            "day": scenario_day,
            "symbol": scenario_symbol,
            "scenario_return": books.returns.ravel(),
        }
    )
    for name, rows in (("holdings", holdings), ("scenarios", scenarios)):
        connection.register("rows_given", rows)
        connection.execute(f"create table {name} as from rows_given")
    return connection


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """The best time of a few rounds, in seconds, and the last result."""
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begin)
    return min(times), result


def test_the_kernel_is_faster_than_a_join_that_gives_the_same(
    books: Books, capsys: pytest.CaptureFixture[str]
) -> None:
    with tables(books) as connection:
        sql_seconds, rows = timed(lambda: connection.execute(PLAIN_SQL).fetchall())
    kernel_seconds, kernel_losses = timed(lambda: by_kernel(books))

    sql_losses = np.array([worst for _, _, worst in rows]).reshape(SCOPES, DAYS, TAIL)
    np.testing.assert_allclose(kernel_losses, sql_losses, rtol=1e-9, atol=1e-6)
    ratio = sql_seconds / kernel_seconds
    with capsys.disabled():
        print(  # noqa: T201 - what a benchmark is for
            f"\nhistorical simulation of {SCOPES} scopes x {DAYS} days x {SYMBOLS} symbols x"
            f" {WINDOW} scenarios: plain SQL {sql_seconds:.2f} s, kernel {kernel_seconds:.3f} s,"
            f" ratio {ratio:.0f}"
        )
    assert ratio > 1
