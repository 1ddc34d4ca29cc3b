"""Plausible bugs, put into the models one by one: each must make a test of the dbt project fail.

What dbt's own tests cannot see, since the wrong figures hang together, the oracle must see.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.orchestration.paths import DBT_PROJECT
from tests.reference.events import read_files
from tests.warehouse.building import Warehouse, Workshop, failed
from tests.warehouse.conftest import BuildWorld
from tests.warehouse.expected import Expected
from tests.warehouse.test_oracle import COMPARISONS

pytestmark = pytest.mark.long

EVERYTHING_BUT_WORK_FILES = shutil.ignore_patterns("target", "logs", "__pycache__")


@dataclass(frozen=True)
class Mutation:
    """A bug: in a file of the dbt project, one text in place of another."""

    bug: str
    file: str
    old: str
    new: str
    select: str = ""
    """What to build; empty: the model of the file and all that depends on it."""
    world: str = "eventful_world"
    """On whose rows it shows."""

    @property
    def selection(self) -> str:
        """What dbt is told to build."""
        return self.select or f"{Path(self.file).stem}+"


STAGING = "models/staging/raw"
FACTS = "models/facts"
METRICS = "models/metrics"
KERNEL = "models/intermediate/kernels/int_historical_simulation_kernel.py"

SEEN_BY_DBT = [
    # ---------------------------------------------------------- events
    Mutation(
        "a cancelled trade stays",
        f"{STAGING}/stg_trades.sql",
        "where event_type <> 'CANCEL'",
        "where event_type <> 'NEVER'",
    ),
    Mutation(
        "the last telling of a version wins",
        f"{STAGING}/stg_trades.sql",
        "order by ingested_at, batch_id, source_row",
        "order by ingested_at desc, batch_id desc, source_row desc",
        "stg_trades",
    ),
    Mutation(
        "the lowest version wins",
        f"{STAGING}/stg_trades.sql",
        "order by version desc",
        "order by version",
        "stg_trades",
    ),
    Mutation(
        "a cancelled deposit stays",
        f"{STAGING}/stg_cash_events.sql",
        "where event_type <> 'CANCEL'",
        "where event_type <> 'NEVER'",
    ),
    Mutation(
        "the fix of a price is ignored",
        f"{STAGING}/stg_prices.sql",
        "order by ingested_at desc, batch_id desc, source_row desc",
        "order by ingested_at, batch_id, source_row",
        "stg_prices",
    ),
    Mutation(
        "trades of one moment go in any order",
        "models/intermediate/int_trades_sequenced.sql",
        "order by executed_at, trade_id",
        "order by executed_at, trade_id desc",
    ),
    # ---------------------------------------------------------- prices
    Mutation(
        "a quote beats the official close",
        f"{FACTS}/fact_prices_daily.sql",
        "order by quotes.is_official_close desc, quotes.quoted_at desc",
        "order by quotes.is_official_close, quotes.quoted_at desc",
    ),
    Mutation(
        "a price of a closed day counts",
        f"{FACTS}/fact_prices_daily.sql",
        "    where is_open\n",
        "    where true\n",
    ),
    Mutation(
        "a return looks at the next close",
        f"{FACTS}/fact_prices_daily.sql",
        "nullif(lag(close_price::double)",
        "nullif(lead(close_price::double)",
    ),
    Mutation(
        "a price is old by the calendar and not by trading days",
        f"{FACTS}/fact_prices_daily.sql",
        "(calendar_dates.open_day_number - days_carried.open_day_number)::integer",
        "(days_carried.value_date - days_carried.price_date)::integer",
    ),
    Mutation(
        "a hole is filled with the close after it",
        f"{FACTS}/fact_prices_daily.sql",
        "        days_carried.close_price::decimal(28, 10) as close_price,",
        "        case when days_carried.value_date = days_carried.price_date"
        " then days_carried.close_price else lead(days_carried.close_price, 1,"
        " days_carried.close_price) over (partition by days_carried.symbol"
        " order by days_carried.value_date) end::decimal(28, 10) as close_price,",
    ),
    Mutation(
        "a holding without a price is worth nothing",
        f"{FACTS}/fact_positions_daily.sql",
        "coalesce(prices.close_price::double, days_held.avg_cost_per_share)",
        "coalesce(prices.close_price::double, 0)",
    ),
    # ---------------------------------------------------------- ledger
    Mutation(
        "the average cost survives a reversal",
        "macros/finance/average_cost.sql",
        "when abs({{ signed_quantity }}) > abs({{ position }}) then {{ price }}::double",
        "when false then {{ price }}::double",
        "fact_trades+",
    ),
    Mutation(
        "a reversal realises on the whole trade",
        "macros/finance/average_cost.sql",
        "least(abs({{ signed_quantity }}), abs({{ position }}))::double",
        "abs({{ signed_quantity }})::double",
        "fact_trades+",
    ),
    Mutation(
        "a short gains when the price rises",
        "macros/finance/average_cost.sql",
        "* sign({{ position }})",
        "",
        "fact_trades+",
    ),
    Mutation(
        "a fee costs no cash",
        "macros/finance/trade_cash_effect.sql",
        " + {{ fees }}::double",
        "",
        "fact_trades+",
    ),
    Mutation(
        "the multiplier is forgotten in what is realised",
        f"{FACTS}/fact_trades.sql",
        "positions_stepped.realized_before_multiplier * symbols.multiplier",
        "positions_stepped.realized_before_multiplier",
    ),
    Mutation(
        "a day ends with its first trade",
        f"{FACTS}/fact_position_intervals.sql",
        "order by trade_number desc",
        "order by trade_number",
    ),
    Mutation(
        "fees are no loss",
        f"{FACTS}/fact_pnl_daily.sql",
        "+ interest - fees as total_pnl",
        "+ interest as total_pnl",
    ),
    # ---------------------------------------------------------- flows and values
    Mutation(
        "interest is a deposit",
        f"{FACTS}/fact_cash_events.sql",
        "type in ('DEPOSIT', ",
        "type in ('INTEREST', 'DEPOSIT', ",
    ),
    Mutation(
        "a transfer inside the firm is a flow of it",
        f"{FACTS}/fact_scope_value_daily.sql",
        "where not is_internal",
        "where true",
    ),
    Mutation(
        "a group is worth the mean of its accounts",
        f"{FACTS}/fact_scope_value_daily.sql",
        "{{ exact_sum('account_values.total_value') }}",
        "avg(account_values.total_value)",
    ),
    # ---------------------------------------------------------- returns of scopes
    Mutation(
        "a deposit is a return",
        f"{METRICS}/scope_returns.sql",
        "lag(total_value, 1, 0) over history + external_inflow",
        "lag(total_value, 1, 0) over history",
    ),
    Mutation(
        "a withdrawal is a loss",
        f"{METRICS}/scope_returns.sql",
        "total_value + external_outflow as end_capital",
        "total_value as end_capital",
    ),
    Mutation(
        "a group's return is the mean of returns",
        f"{METRICS}/scope_returns.sql",
        "        100 * daily_return as daily_return_pct,",
        "        100 * case when scope_type = 'account' then daily_return else avg(daily_return)"
        " filter (where scope_type = 'account') over (partition by value_date) end"
        " as daily_return_pct,",
    ),
    Mutation(
        "what is wiped out comes back",
        f"{METRICS}/scope_returns.sql",
        "when 'wiped_out' then 0",
        "when 'wiped_out' then 1 + daily_return",
    ),
    Mutation(
        "a second life is none",
        f"{METRICS}/scope_returns.sql",
        "(1 + count_if(is_refunded) over until_this_day)::integer",
        "1::integer",
    ),
    Mutation(
        "inception is no peak",
        f"{METRICS}/scope_drawdown.sql",
        "greatest(1, max(wealth_index) over history)",
        "max(wealth_index) over history",
    ),
    Mutation(
        "the window of volatility ends a day early",
        f"{METRICS}/scope_volatility.sql",
        "| int(1) - 1 }} preceding and current row",
        "| int(1) }} preceding and 1 preceding",
    ),
    Mutation(
        "volatility of a window that is not full",
        f"{METRICS}/scope_volatility.sql",
        "when valid_returns.observation_count = {{ var('volatility_window') }}",
        "when valid_returns.observation_count >= 2",
    ),
    Mutation(
        "a Sharpe ratio over n",
        f"{METRICS}/performance_summary.sql",
        "stddev_samp(excess_return",
        "stddev_pop(excess_return",
    ),
    Mutation(
        "a Sortino ratio over losing days only",
        f"{METRICS}/performance_summary.sql",
        "filter (where daily_return is not null)\n        ) as downside_deviation",
        "filter (where daily_return < 0)\n        ) as downside_deviation",
    ),
    Mutation(
        "growth by trading days",
        f"{METRICS}/performance_summary.sql",
        "statistics.last_index, 365 /",
        "statistics.last_index, 252 /",
    ),
    # ---------------------------------------------------------- risk
    Mutation(
        "the order index is rounded up from doubles",
        f"{METRICS}/value_at_risk.sql",
        "(tails.observation_count * confidences.tail_basis_points + 9999) // 10000 as order_index",
        "ceil(tails.observation_count * (1 - confidences.confidence_pct / 100))::bigint"
        " as order_index",
    ),
    Mutation(
        "the quantile of negated returns",
        f"{METRICS}/value_at_risk.sql",
        "when not is_unknown then worst_losses[order_index]",
        "when not is_unknown then worst_losses[whole_tail_count + 1]",
    ),
    Mutation(
        "a list of losses that is too short gives a number",
        f"{METRICS}/value_at_risk.sql",
        "when not is_unknown and len(worst_losses) >= order_index",
        "when not is_unknown",
    ),
    Mutation(
        "the list of losses is one too short",
        "dbt_project.yml",
        "var_tail: 13",
        "var_tail: 12",
        "int_historical_simulation_kernel+",
        "demo_world",  # 13 losses are needed where there are more than 240 scenarios
    ),
    Mutation(
        "an expected shortfall of whole losses",
        f"{METRICS}/value_at_risk.sql",
        "when tail_count = whole_tail_count then 0",
        "when true then 0",
    ),
    Mutation(
        "the realised window has a return too much",
        f"{METRICS}/tail_losses.sql",
        "| int(1) - 1 }} preceding and current row",
        "| int(1) }} preceding and current row",
    ),
    Mutation(
        "a replay knows its end before it came",
        f"{METRICS}/stress_test_outcomes.sql",
        "when positions.value_date >= shocks.replay_known_date then shocks.replay_shock_pct",
        "when true then shocks.replay_shock_pct",
    ),
    Mutation(
        "a wide shock beats a narrow one",
        f"{FACTS}/fact_scenario_shocks.sql",
        "            symbol_shocks.shock_pct,\n            sector_shocks.shock_pct,",
        "            sector_shocks.shock_pct,\n            symbol_shocks.shock_pct,",
    ),
]

SEEN_BY_THE_ORACLE = [
    Mutation(
        "a hole in the prices is a day without a move",
        f"{FACTS}/fact_scenario_returns_daily.sql",
        "when not is_missing then",
        "when true then",
    ),
    Mutation(
        "the simulation knows all scenarios from the first day",
        KERNEL,
        'np.searchsorted(scenario_days, days, side="right")',
        "np.full(len(days), len(scenario_days))",
    ),
    Mutation(
        "the simulation does not know the scenario of the day",
        KERNEL,
        'np.searchsorted(scenario_days, days, side="right")',
        'np.searchsorted(scenario_days, days, side="left")',
    ),
]


class Laboratory:
    """A copy of the dbt project, into which one bug at a time is put."""

    def __init__(self, folder: Path, build_world: BuildWorld) -> None:
        """Copy the project; the models that a bug cannot reach are those of a healthy build."""
        self._project = Path(
            shutil.copytree(DBT_PROJECT, folder / "dbt", ignore=EVERYTHING_BUT_WORK_FILES)
        )
        self._workshop = Workshop(folder, self._project)
        self._build_world = build_world

    def build(self, mutation: Mutation) -> Warehouse:
        """Build what a bug reaches, and run all tests on it."""
        healthy = self._build_world(mutation.world)
        with self._mutated(mutation):
            return self._workshop.build(
                "mutant",
                lambda path: shutil.copy(healthy.database, path),
                ("build", "--select", mutation.selection),
            )

    @contextmanager
    def _mutated(self, mutation: Mutation) -> Iterator[None]:
        path = self._project / mutation.file
        healthy = path.read_text(encoding="utf-8")
        assert mutation.old in healthy, f"{mutation.file} no longer says {mutation.old!r}"
        path.write_text(healthy.replace(mutation.old, mutation.new), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(healthy, encoding="utf-8")


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory, build_world: BuildWorld) -> Laboratory:
    """Where bugs are bred."""
    return Laboratory(tmp_path_factory.mktemp("mutants"), build_world)


def failed_tests(mutant: Warehouse, healthy: Warehouse) -> list[str]:
    """Tests that fail with the bug and not without it; the models themselves must be built."""
    broken = [node for node in mutant.outcome.nodes if node.has_failed]
    assert [node.message for node in broken if not node.is_test] == []
    return sorted({node.name for node in broken} - set(failed(healthy.outcome)))


@pytest.mark.parametrize("mutation", SEEN_BY_DBT, ids=lambda each: each.bug.replace(" ", "-"))
def test_a_bug_makes_a_test_of_the_project_fail(
    laboratory: Laboratory, build_world: BuildWorld, mutation: Mutation
) -> None:
    killers = failed_tests(laboratory.build(mutation), build_world(mutation.world))
    print(f"{mutation.bug}: {', '.join(killers)}")  # noqa: T201 - shown by pytest -rP
    assert killers, f"no test fails when {mutation.bug}"


@pytest.mark.parametrize(
    "mutation", SEEN_BY_THE_ORACLE, ids=lambda each: each.bug.replace(" ", "-")
)
def test_a_bug_that_hangs_together_makes_the_oracle_differ(
    laboratory: Laboratory, eventful_files: dict[str, list[Path]], mutation: Mutation
) -> None:
    mutant = laboratory.build(mutation)
    expected = Expected(read_files(eventful_files))
    differing = [
        comparison.table
        for comparison in COMPARISONS
        if comparison.differences(mutant, getattr(expected, comparison.table.split(".")[1])())
    ]
    assert differing, f"the oracle does not see that {mutation.bug}"
