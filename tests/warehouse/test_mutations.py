"""Plausible bugs, put into the models one by one: each must make a test of the dbt project fail.

What dbt's own tests cannot see, since the wrong figures hang together, the oracle must see; what
shows only when a later delivery restates an earlier one, a healthy build of the same steps.
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
from tests.warehouse.restated_world import deliveries
from tests.warehouse.restating import (
    Bench,
    compare_databases,
    deliver,
    project_without_tests,
    write_deliveries,
)
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
    law: int | None = None
    """Which law of metrics.md, section 4, it breaks, if it stands here for one."""

    @property
    def selection(self) -> str:
        """What dbt is told to build."""
        return self.select or f"{Path(self.file).stem}+"


STAGING = "models/staging/raw"
FACTS = "models/facts"
METRICS = "models/metrics"
REPORTS = "models/reports"
INTERMEDIATE = "models/intermediate"
SIMULATION = "models/intermediate/kernels/int_historical_simulation_kernel.py"
LEDGER = "kernels/position_ledger.py"
OF_LEDGER = "int_position_ledger_kernel+"
CURRENCIES = "currency_world"

SEEN_BY_DBT = [
    # ---------------------------------------------------------- events
    Mutation(
        "a cancelled trade stays",
        f"{STAGING}/stg_trades.sql",
        "where event_type <> 'CANCEL'",
        "where event_type <> 'NEVER'",
        law=18,
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
        f"{INTERMEDIATE}/ledger/int_position_events.sql",
        "coalesce(order_key, symbol)",
        "coalesce(order_key, symbol) desc",
        law=8,
    ),
    Mutation(
        "an action counts after the trades of its day",
        f"{INTERMEDIATE}/ledger/int_position_events.sql",
        "['SPLIT', 'DIVIDEND', 'RETURN_OF_CAPITAL', 'SPINOFF', 'SYMBOL_CHANGE']",
        "['TRADE', 'SPLIT', 'DIVIDEND', 'RETURN_OF_CAPITAL', 'SPINOFF', 'SYMBOL_CHANGE']",
        world=CURRENCIES,
    ),
    Mutation(
        "a trade in foreign money is booked",
        f"{INTERMEDIATE}/ledger/int_position_events.sql",
        "where coalesce(trades.currency, symbols.currency) = symbols.currency",
        "where true",
        world=CURRENCIES,
    ),
    Mutation(
        "a cancelled split stays",
        f"{STAGING}/stg_corporate_actions.sql",
        "where event_type <> 'CANCEL'",
        "where event_type <> 'NEVER'",
        "stg_corporate_actions",
        CURRENCIES,
    ),
    Mutation(
        "a trade that is told again counts again",
        f"{STAGING}/stg_trades.sql",
        "partition by trade_id",
        "partition by batch_id, source_row, trade_id",
        law=12,
    ),
    # ---------------------------------------------------------- prices
    Mutation(
        "a hole in the prices is a day without a move",
        f"{FACTS}/scenarios/fact_scenario_returns_daily.sql",
        "when not is_missing and",
        "when",
    ),
    Mutation(
        "the fall of a hole in the prices is a day's",
        f"{FACTS}/scenarios/fact_scenario_returns_daily.sql",
        "and lag(stale_days) over history <= {{ var('stale_days_limit') }}",
        "",
    ),
    Mutation(
        "a quote beats the official close",
        f"{FACTS}/market/fact_prices_daily.sql",
        "quotes.is_official_close desc,",
        "quotes.is_official_close,",
    ),
    Mutation(
        "a price of a closed day counts",
        f"{FACTS}/market/fact_prices_daily.sql",
        "    where is_open\n",
        "    where true\n",
    ),
    Mutation(
        "a return looks at the next close",
        f"{FACTS}/market/fact_prices_daily.sql",
        "nullif(lag(adjusted_close_price)",
        "nullif(lead(adjusted_close_price)",
    ),
    Mutation(
        "a price is old by the calendar and not by trading days",
        f"{FACTS}/market/fact_prices_daily.sql",
        "(calendar_dates.open_day_number - days_carried.open_day_number)::integer",
        "(days_carried.value_date - days_carried.price_date)::integer",
    ),
    Mutation(
        "a hole is filled with the close after it",
        f"{FACTS}/market/fact_prices_daily.sql",
        "then days_carried.close_price::decimal(28, 10)",
        "then case when days_carried.value_date = days_carried.price_date"
        " then days_carried.close_price else lead(days_carried.close_price, 1,"
        " days_carried.close_price) over (partition by days_carried.symbol"
        " order by days_carried.value_date) end::decimal(28, 10)",
    ),
    Mutation(
        "a holding without a price is worth nothing",
        f"{FACTS}/books/fact_positions_daily.sql",
        "coalesce(close_price::double, avg_cost_per_share)",
        "coalesce(close_price::double, 0)",
    ),
    Mutation(
        "a close is carried over a split as it was",
        f"{FACTS}/market/fact_prices_daily.sql",
        "else (days_carried.adjusted_close_price / entitlements.split_factor)",
        "else days_carried.close_price",
        world=CURRENCIES,
        law=7,
    ),
    Mutation(
        "a return forgets the dividend",
        f"{FACTS}/market/fact_prices_daily.sql",
        "                + dividends_to_date\n",
        "",
        world=CURRENCIES,
    ),
    # ---------------------------------------------------------- ledger
    Mutation(
        "the average cost survives a reversal",
        LEDGER,
        "            self.average_cost = price\n            for book",
        "            for book",
        OF_LEDGER,
    ),
    Mutation(
        "a reversal realises on the whole trade",
        LEDGER,
        "realized = closing / UNITS",
        "realized = abs(units) / UNITS",
        OF_LEDGER,
    ),
    Mutation(
        "a short gains when the price rises",
        LEDGER,
        "        sign = 1 if held > 0 else -1\n        realized",
        "        sign = 1\n        realized",
        OF_LEDGER,
    ),
    Mutation(
        "a split cuts off what it should round",
        LEDGER,
        "size = (2 * abs(units) * new_shares + old_shares) // (2 * old_shares)",
        "size = abs(units) * new_shares // old_shares",
        OF_LEDGER,
        CURRENCIES,
        law=1,
    ),
    Mutation(
        "the lots of a short are stated as if they were long",
        LEDGER,
        "open_lots.units.append(sign * lot.units)",
        "open_lots.units.append(lot.units)",
        OF_LEDGER,
        CURRENCIES,
        law=3,
    ),
    Mutation(
        "a split leaves the average cost",
        LEDGER,
        "self.average_cost = self.average_cost * old / new",
        "self.average_cost = self.average_cost * 1.0",
        OF_LEDGER,
        CURRENCIES,
    ),
    Mutation(
        "a split leaves the prices of lots",
        LEDGER,
        "_cut(book.in_order(), new, old, old / new)",
        "_cut(book.in_order(), new, old, 1.0)",
        OF_LEDGER,
        CURRENCIES,
        law=4,
    ),
    Mutation(
        "a spin-off gives cost away and keeps it",
        LEDGER,
        "position.scale_cost(1.0 - moved_cost)",
        "position.scale_cost(1.0)",
        OF_LEDGER,
        CURRENCIES,
    ),
    Mutation(
        "what arrives on the other side realises nothing",
        LEDGER,
        "_note(ledger.states, event.row, target_before, target, realized, is_arrival=True)",
        "_note(ledger.states, event.row, target_before, target, 0.0, is_arrival=True)",
        OF_LEDGER,
        CURRENCIES,
    ),
    Mutation(
        "the multiplier is forgotten in what is realised",
        f"{FACTS}/books/fact_trades.sql",
        "states.realized * symbols.multiplier",
        "states.realized",
    ),
    Mutation(
        "a day ends with its first event",
        f"{FACTS}/books/fact_position_intervals.sql",
        "arg_max(events.position_after, events.event_number)",
        "arg_min(events.position_after, events.event_number)",
    ),
    Mutation(
        "a short receives dividends",
        f"{FACTS}/books/fact_corporate_actions.sql",
        "held.quantity_before::double * payments.amount",
        "abs(held.quantity_before::double) * payments.amount",
        world=CURRENCIES,
    ),
    Mutation(
        "a dividend moves no cash",
        f"{FACTS}/books/fact_cash_balances_daily.sql",
        "where type in ('DIVIDEND', 'RETURN_OF_CAPITAL')",
        "where type = 'RETURN_OF_CAPITAL'",
        world=CURRENCIES,
    ),
    Mutation(
        "a dividend comes in its instrument's currency",
        f"{FACTS}/books/fact_corporate_actions.sql",
        "coalesce(payments.currency, symbols.currency)",
        "symbols.currency",
        world=CURRENCIES,
    ),
    Mutation(
        "a second action of a day and type is one told twice",
        f"{STAGING}/stg_corporate_actions.sql",
        "partition by symbol, ex_date, type, action_id\n",
        "partition by symbol, ex_date, type\n",
        "stg_corporate_actions",
        CURRENCIES,
    ),
    Mutation(
        "a return of capital leaves the cost of lots",
        LEDGER,
        "lot.price = max(-excess, 0.0)",
        "lot.price += 0.0",
        OF_LEDGER,
        CURRENCIES,
    ),
    Mutation(
        "capital beyond the cost is no profit",
        LEDGER,
        "realized = self.units / UNITS * max(amount - self.average_cost, 0.0)",
        "realized = 0.0",
        OF_LEDGER,
        CURRENCIES,
    ),
    Mutation(
        "what paid for a fraction is a profit of its own too",
        f"{FACTS}/books/fact_cash_earnings_daily.sql",
        "on cash_events.action_id = fractions_paid.action_id",
        "on cash_events.event_id = fractions_paid.action_id",
        world=CURRENCIES,
    ),
    Mutation(
        "a dividend is no profit",
        f"{FACTS}/books/fact_pnl_daily.sql",
        "unrealized_pnl_change + dividends + interest",
        "unrealized_pnl_change + interest",
        world=CURRENCIES,
    ),
    Mutation(
        "a fee costs no cash",
        "macros/finance/trade_cash_effect.sql",
        " + {{ fees }}::double",
        "",
        "fact_trades+",
    ),
    Mutation(
        "fees are no loss",
        f"{FACTS}/books/fact_pnl_daily.sql",
        "+ interest - fees + fx_pnl as total_pnl",
        "+ interest + fx_pnl as total_pnl",
        law=2,
    ),
    Mutation(
        "what price and rate made together is left out",
        f"{METRICS}/pnl/pnl_explain_daily.sql",
        "price_pnl + fx_pnl + cross_pnl + trading_pnl",
        "price_pnl + fx_pnl + trading_pnl",
        world=CURRENCIES,
    ),
    # ---------------------------------------------------------- currencies
    Mutation(
        "a pair read the other way round is not turned",
        f"{FACTS}/market/fact_fx_rates_daily.sql",
        "1 / inverse.rate",
        "inverse.rate",
        world=CURRENCIES,
        law=16,
    ),
    Mutation(
        "a rate is known a day before it is made",
        f"{FACTS}/market/fact_fx_rates_daily.sql",
        "and days.date = direct.date",
        "and days.date + 1 = direct.date",
        world=CURRENCIES,
    ),
    Mutation(
        "a rate over a chain is as young as its youngest leg",
        f"{FACTS}/market/fact_fx_rates_daily.sql",
        "greatest(first_leg.stale_days, second_leg.stale_days, third_leg.stale_days)",
        "least(first_leg.stale_days, second_leg.stale_days, third_leg.stale_days)",
        world=CURRENCIES,
    ),
    Mutation(
        "a longer chain of quotes is preferred",
        "macros/finance/chain_preference.sql",
        "    len(quote_chain),\n",
        "    -len(quote_chain),\n",
        world=CURRENCIES,
    ),
    Mutation(
        "the rate makes nothing of the cost",
        f"{FACTS}/books/fact_roll_forward_daily.sql",
        "lag(holdings.local_cost_basis, 1, 0) over history",
        "0",
        world=CURRENCIES,
    ),
    Mutation(
        "money without a rate is nothing",
        "macros/finance/in_currency.sql",
        "else {{ amount }} * {{ rate }} end",
        "else coalesce({{ amount }} * {{ rate }}, 0) end",
        "fact_cash_balances_daily+ fact_positions_daily+",
        CURRENCIES,
    ),
    Mutation(
        "values are kept in cents",
        "macros/finance/in_currency.sql",
        "else {{ amount }} * {{ rate }} end",
        "else round({{ amount }} * {{ rate }}, 2) end",
        "fact_positions_daily+",
        law=6,
    ),
    Mutation(
        "balances of one currency run on from account to account",
        f"{FACTS}/books/fact_cash_balances_daily.sql",
        "partition by account_id, currency\n",
        "partition by currency\n",
        law=9,
    ),
    Mutation(
        "a conversion stands on the currency that went out",
        f"{FACTS}/books/fact_cash_earnings_daily.sql",
        "case when cash_events.type = 'FX_IN' then cash_events.currency end",
        "case when cash_events.type = 'FX_OUT' then cash_events.currency end",
        world=CURRENCIES,
    ),
    Mutation(
        "a scope adds up currencies",
        f"{FACTS}/scopes/fact_scope_value_daily.sql",
        "'account_values.cash_balance', 'rates.rate', gross=",
        "'account_values.cash_balance', '1', gross=",
        world=CURRENCIES,
    ),
    Mutation(
        "foreign cash is no holding",
        f"{FACTS}/scopes/fact_group_positions_daily.sql",
        "and coalesce(holdings.cash_currency <> ",
        "and holdings.cash_currency is null and coalesce(holdings.cash_currency <> ",
        world=CURRENCIES,
    ),
    Mutation(
        "a scenario stays in the instrument's currency",
        f"{FACTS}/scenarios/fact_scenario_returns_daily.sql",
        "(1 + coalesce(rate_changes.rate_return, 0))",
        "1",
        world=CURRENCIES,
    ),
    # ---------------------------------------------------------- flows and values
    Mutation(
        "interest is a deposit",
        f"{FACTS}/books/fact_cash_events.sql",
        "type in ('DEPOSIT', ",
        "type in ('INTEREST', 'DEPOSIT', ",
    ),
    Mutation(
        "a transfer inside the firm is a flow of it",
        f"{FACTS}/scopes/fact_scope_value_daily.sql",
        "where not scope_flows.is_internal",
        "where true",
        law=13,
    ),
    Mutation(
        "a group is worth the mean of its accounts",
        f"{FACTS}/scopes/fact_scope_value_daily.sql",
        "scope_values.cash_balance + scope_values.positions_value as total_value",
        "(scope_values.cash_balance + scope_values.positions_value) / 2 as total_value",
    ),
    # ---------------------------------------------------------- returns of scopes
    Mutation(
        "a deposit is a return",
        f"{METRICS}/performance/scope_returns.sql",
        "lag(total_value, 1, 0) over history + external_inflow",
        "lag(total_value, 1, 0) over history",
        law=5,
    ),
    Mutation(
        "a withdrawal is a loss",
        f"{METRICS}/performance/scope_returns.sql",
        "total_value + external_outflow as end_capital",
        "total_value as end_capital",
    ),
    Mutation(
        "a group's return is the mean of returns",
        f"{METRICS}/performance/scope_returns.sql",
        "        100 * daily_return as daily_return_pct,",
        "        100 * case when scope_type = 'account' then daily_return else avg(daily_return)"
        " filter (where scope_type = 'account') over (partition by value_date) end"
        " as daily_return_pct,",
    ),
    Mutation(
        "what is wiped out comes back",
        f"{METRICS}/performance/scope_returns.sql",
        "when 'wiped_out' then 0",
        "when 'wiped_out' then 1 + daily_return",
    ),
    Mutation(
        "a second life is none",
        f"{METRICS}/performance/scope_returns.sql",
        "(coalesce(opening_segment_id, 1) + count_if(is_refunded) over until_this_day)::integer",
        "1::integer",
    ),
    Mutation(
        "inception is no peak",
        f"{METRICS}/performance/scope_drawdown.sql",
        "greatest(1, openings.peak_index, ",
        "greatest(openings.peak_index, ",
    ),
    Mutation(
        "the window of volatility ends a day early",
        f"{METRICS}/performance/scope_volatility.sql",
        "| int(1) - 1 }} preceding and current row",
        "| int(1) }} preceding and 1 preceding",
    ),
    Mutation(
        "volatility of a window that is not full",
        f"{METRICS}/performance/scope_volatility.sql",
        "when valid_returns.observation_count = {{ var('volatility_window') }}",
        "when valid_returns.observation_count >= 2",
    ),
    Mutation(
        "a Sharpe ratio over n",
        f"{METRICS}/performance/performance_summary.sql",
        "stddev_samp(excess_return",
        "stddev_pop(excess_return",
    ),
    Mutation(
        "a Sortino ratio over losing days only",
        f"{METRICS}/performance/performance_summary.sql",
        "filter (where daily_return is not null)\n        ) as downside_deviation",
        "filter (where daily_return < 0)\n        ) as downside_deviation",
    ),
    Mutation(
        "growth by trading days",
        f"{METRICS}/performance/performance_summary.sql",
        "statistics.last_index, 365 /",
        "statistics.last_index, 252 /",
    ),
    # ---------------------------------------------------------- risk
    Mutation(
        "the order index is rounded up from doubles",
        f"{METRICS}/var/value_at_risk.sql",
        "(tails.observation_count * confidences.tail_basis_points + 9999) // 10000 as order_index",
        "ceil(tails.observation_count * (1 - confidences.confidence_pct / 100))::bigint"
        " as order_index",
    ),
    Mutation(
        "the quantile of negated returns",
        f"{METRICS}/var/value_at_risk.sql",
        "when not is_unknown then worst_losses[order_index]",
        "when not is_unknown then worst_losses[whole_tail_count + 1]",
    ),
    Mutation(
        "a list of losses that is too short gives a number",
        f"{METRICS}/var/value_at_risk.sql",
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
        f"{METRICS}/var/value_at_risk.sql",
        "when tail_count = whole_tail_count then 0",
        "when true then 0",
    ),
    Mutation(
        "the realised window has a return too much",
        f"{METRICS}/var/methods/tails_historical_realized.sql",
        "| int(1) - 1 }} preceding and current row",
        "| int(1) }} preceding and current row",
    ),
    Mutation(
        "a replay knows its end before it came",
        f"{METRICS}/stress/stress_test_outcomes.sql",
        "when positions.value_date >= shocks.replay_known_date then shocks.replay_shock_pct",
        "when true then shocks.replay_shock_pct",
    ),
    Mutation(
        "a replay leaves the rate out",
        f"{FACTS}/scenarios/fact_scenario_shocks.sql",
        "else end_rates.rate / start_rates.rate",
        "else 1",
        world=CURRENCIES,
    ),
    Mutation(
        "a wide shock beats a narrow one",
        f"{FACTS}/scenarios/fact_scenario_shocks.sql",
        "            symbol_shocks.shock_pct,\n            sector_shocks.shock_pct,",
        "            sector_shocks.shock_pct,\n            symbol_shocks.shock_pct,",
    ),
    # ---------------------------------------------------------- the report
    Mutation(
        "a scope is reported on the last day of another one",
        f"{REPORTS}/report_scopes.sql",
        "qualify value_date = max(value_date) over (partition by scope_type, scope_id)",
        "qualify value_date = max(value_date) over ()",
    ),
    Mutation(
        "an unknown flow is left out of the P&L to date",
        f"{REPORTS}/report_scopes.sql",
        "{{ sum_or_null('net_flow') }} as net_flow",
        "{{ exact_sum('net_flow') }} as net_flow",
    ),
    Mutation(
        "shorts are small positions",
        f"{REPORTS}/report_largest_positions.sql",
        "abs(firm_value) desc nulls last",
        "firm_value desc nulls last",
    ),
    Mutation(
        "positions are ranked by amounts in several currencies",
        f"{REPORTS}/report_largest_positions.sql",
        "abs(firm_value) desc nulls last",
        "abs(market_value) desc nulls last",
    ),
    Mutation(
        "VaR of any horizon is reported",
        f"{REPORTS}/report_value_at_risk.sql",
        "where horizon_days = 1",
        "where horizon_days >= 1",
    ),
    Mutation(
        "a loss that is unknown is reported as the worst",
        f"{REPORTS}/report_stress_tests.sql",
        "order by outcomes.pnl_amount nulls last",
        "order by outcomes.pnl_amount nulls first",
    ),
]

SEEN_BY_THE_ORACLE = [
    Mutation(
        "the simulation knows all scenarios from the first day",
        SIMULATION,
        'np.searchsorted(scenario_days, days, side="right")',
        "np.full(len(days), len(scenario_days))",
    ),
    Mutation(
        "the simulation does not know the scenario of the day",
        SIMULATION,
        'np.searchsorted(scenario_days, days, side="right")',
        'np.searchsorted(scenario_days, days, side="left")',
    ),
    Mutation(
        "the lot of highest cost closes last",
        LEDGER,
        "insort_left(self.lots, lot, key=_price)",
        "insort_left(self.lots, lot, key=lambda each: -_price(each))",
        OF_LEDGER,
        CURRENCIES,
    ),
    Mutation(
        "the newest lot closes last",
        LEDGER,
        "if self.method is CostMethod.LIFO:",
        "if self.method is None:",
        OF_LEDGER,
        CURRENCIES,
    ),
]

SEEN_IN_STEPS = [
    Mutation(
        "what a corrected event said before is not taken back",
        "macros/platform/new_rows.sql",
        "on {{ same_thing | join(' and ') }}",
        "on {{ same_thing | join(' and ') }} and told.batch_id = new_rows.batch_id",
        law=19,
    ),
    Mutation(
        "a movement of cash changes nothing",
        f"{INTERMEDIATE}/changes/int_accounts_changed.sql",
        "where kind = 'cash_event'",
        "where kind = 'never'",
    ),
    Mutation(
        "the first changed day has no day before it",
        f"{FACTS}/books/fact_roll_forward_daily.sql",
        "positions_daily.value_date >= positions_changed.previous_open_date",
        "positions_daily.value_date >= positions_changed.first_changed_date",
    ),
]

LAWS_WITHOUT_A_BUG = {10, 11, 14, 15, 17}
"""10 and 14 have tests of their own; 11 has test_laws.py; 15 and 17 speak of what is not built."""


@contextmanager
def mutated(project: Path, mutation: Mutation) -> Iterator[None]:
    """Put a bug into a copy of the project, for a while."""
    path = project / mutation.file
    healthy = path.read_text(encoding="utf-8")
    assert mutation.old in healthy, f"{mutation.file} no longer says {mutation.old!r}"
    path.write_text(healthy.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(healthy, encoding="utf-8")


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
        with mutated(self._project, mutation):
            return self._workshop.build(
                "mutant",
                lambda path: shutil.copy(healthy.database, path),
                ("build", "--select", mutation.selection),
            )


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
    laboratory: Laboratory, world_files: dict[str, dict[str, list[Path]]], mutation: Mutation
) -> None:
    mutant = laboratory.build(mutation)
    expected = Expected(read_files(world_files[mutation.world]))
    differing = [
        comparison.table
        for comparison in COMPARISONS
        if comparison.differences(mutant, getattr(expected, comparison.table.split(".")[1])())
    ]
    print(f"{mutation.bug}: {', '.join(differing)}")  # noqa: T201 - shown by pytest -rP
    assert differing, f"the oracle does not see that {mutation.bug}"


class Steps:
    """Builds two deliveries of the restated world in steps, with a bug or without."""

    def __init__(self, folder: Path) -> None:
        """Copy the project without its tests."""
        self._folder = folder
        self._bench = Bench(folder / "bench")
        self._project = project_without_tests(folder)
        self._deliveries = write_deliveries(deliveries()[:2], folder / "deliveries")
        self.healthy = self.build("healthy")

    def build(self, name: str) -> Path:
        """The database after the second delivery."""
        database = self._folder / f"{name}.duckdb"
        for files in self._deliveries:
            deliver(database, files)
            self._bench.built(database, self._project)
        return database

    def build_mutant(self, mutation: Mutation) -> Path:
        """The same with a bug."""
        with mutated(self._project, mutation):
            return self.build("mutant")


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """Where bugs of incremental builds are bred."""
    return Steps(tmp_path_factory.mktemp("steps"))


@pytest.mark.parametrize("mutation", SEEN_IN_STEPS, ids=lambda each: each.bug.replace(" ", "-"))
def test_a_bug_of_what_changed_makes_steps_differ(steps: Steps, mutation: Mutation) -> None:
    mutant = steps.build_mutant(mutation)
    comparisons = compare_databases(mutant, steps.healthy)
    mutant.unlink()
    differing = [each.table for each in comparisons if each.differing]
    print(f"{mutation.bug}: {', '.join(differing)}")  # noqa: T201 - shown by pytest -rP
    assert differing, f"nothing differs though {mutation.bug}"


def test_every_law_has_its_bug() -> None:
    laws = {each.law for each in (*SEEN_BY_DBT, *SEEN_BY_THE_ORACLE, *SEEN_IN_STEPS) if each.law}
    assert laws == set(range(1, 20)) - LAWS_WITHOUT_A_BUG
