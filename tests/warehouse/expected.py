"""What the oracle expects of a world, in the shape of the warehouse's tables.

The oracle answers a few questions in another way than the warehouse, where the specification leaves
them open. The warehouse's answers are decisions (dbt/docs/decisions), and each has a test of its
own in test_decisions.py; here `Expected` takes them over, each where a comment says so.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

from infra.orchestration.paths import DBT_PROJECT
from tests.reference import performance, risk
from tests.reference.books import Amount, Books, build_books
from tests.reference.classes import known_name
from tests.reference.closes import CloseSeries
from tests.reference.events import (
    CorporateAction,
    Inputs,
    RawInputs,
    SecurityTransfer,
    Trade,
    resolve,
)
from tests.reference.explain import explain
from tests.reference.fx import Conversion, convert, total
from tests.reference.ledger import Event, day_of
from tests.reference.lots import METHODS, Lot, LotMatch, leg_id, match_lots_of_accounts
from tests.reference.money_weighted import money_weighted
from tests.reference.performance import ReturnRow
from tests.reference.risk import STALE_DAYS_LIMIT, Outcomes, Shock, StressRow, Window
from tests.reference.scopes import (
    FIRM_CURRENCY,
    Scope,
    ScopeKey,
    build_scopes,
)
from tests.reference.transfers import TransferRow
from tests.warehouse.comparing import Key

Holdings = dict[date, dict[str, Amount]]
"""Net market value of each symbol held, by day; None where a rate is missing."""


class Expected:
    """The oracle's figures of one world."""

    def __init__(self, raw: RawInputs) -> None:
        """Compute from raw rows as they were received."""
        self.books: Books = build_books(with_known_classes(resolve(raw)))
        self.scopes: dict[ScopeKey, Scope] = build_scopes(self.books)
        self.returns: dict[ScopeKey, dict[date, ReturnRow]] = {
            key: performance.daily_returns(scope.values) for key, scope in self.scopes.items()
        }

    # -------------------------------------------------------------- facts

    def fact_trades(self) -> dict[Key, tuple[Any, ...]]:
        """Every trade and the position after it."""
        realized: dict[str, Fraction] = defaultdict(Fraction)
        for (_, symbol), (matches, _) in self._lots["FIFO"].items():
            for match in matches:
                # What a spin-off closed was not realised by the trade whose lot arrived.
                if not match.is_of_arrival:
                    multiplier = self.books.inputs.instrument(symbol).multiplier
                    realized[match.close_trade_id] += match.realized_pnl * multiplier
        return {
            (trade_id,): (
                row.trade.account_id,
                row.trade.symbol,
                row.trade.side,
                row.trade.quantity,
                row.trade.price,
                row.trade.fees,
                row.trade.executed_at,
                row.trade.trade_date,
                row.value_date,
                row.position_after,
                row.avg_cost_after,
                row.realized_pnl,
                realized[trade_id],
            )
            for trade_id, row in self.books.trades.items()
        }

    def fact_corporate_actions(self) -> dict[Key, tuple[Any, ...]]:
        """Every action and the positions that it changed or paid."""
        return {
            (_action_id(row.event), account_id, symbol): (
                row.event.type,
                row.payment_currency or self.books.inputs.instrument(symbol).currency,
                day_of(row.event),
                row.value_date,
                row.before.quantity,
                row.after.quantity,
                row.after.average_cost,
                row.realized_pnl,
                row.dividend,
                row.capital,
                row.paid,
            )
            for (account_id, symbol), ledger in self.books.ledgers.items()
            for row in ledger
            if not isinstance(row.event, Trade | SecurityTransfer)
        }

    def fact_closed_lots(self) -> dict[Key, tuple[Any, ...]]:
        """Every closing piece of a lot, by each method."""
        return {
            (method, *key): row
            for method in METHODS
            for key, row in self._closed_lots(method).items()
        }

    def fact_lot_matches(self) -> dict[Key, tuple[Any, ...]]:
        """Those of first in, first out."""
        return self._closed_lots("FIFO")

    def _closed_lots(self, method: str) -> dict[Key, tuple[Any, ...]]:
        rows: dict[Key, tuple[Any, ...]] = {}
        pieces: Counter[Key] = Counter()
        for (account_id, symbol), (matches, _) in self._lots[method].items():
            multiplier = self.books.inputs.instrument(symbol).multiplier
            for match in matches:
                pair = (account_id, symbol, match.open_trade_id, match.close_trade_id)
                pieces[pair] += 1
                rows[*pair, pieces[pair]] = (
                    match.quantity,
                    match.open_price,
                    match.close_price,
                    match.realized_pnl * multiplier,
                    match.is_short,
                )
        return rows

    def fact_open_lots(self) -> dict[Key, tuple[Any, ...]]:
        """What of each trade is still open."""
        return {
            (method, account_id, symbol, number): (
                lot.open_trade_id,
                self._opened(lot.open_trade_id),
                lot.quantity,
                lot.price,
            )
            for method, positions in self._lots.items()
            for (account_id, symbol), (_, lots) in positions.items()
            for number, lot in enumerate(lots, start=1)
        }

    @cached_property
    def _lots(self) -> dict[str, dict[tuple[str, str], tuple[list[LotMatch], list[Lot]]]]:
        """Closed pieces and open lots of each (account_id, symbol), by method."""
        inputs = self.books.inputs
        events: list[Event] = [
            *inputs.trades,
            *inputs.security_transfers,
            *inputs.corporate_actions,
            *self.books.fractions_paid(),
        ]
        result: dict[str, dict[tuple[str, str], tuple[list[LotMatch], list[Lot]]]] = {}
        for method in METHODS:
            result[method] = defaultdict(lambda: ([], []))
            books = match_lots_of_accounts(events, method, inputs.instrument, self.books.close)
            for account_id, (matches, lots) in books.items():
                for match in matches:
                    result[method][account_id, match.symbol][0].append(match)
                for symbol, several in lots.items():
                    result[method][account_id, symbol][1].extend(several)
        return result

    def _opened(self, opener: str) -> date:
        """The day a lot was opened on: by a trade, or acquired before it came in kind."""
        if opener in self.books.trades:
            return self.books.trades[opener].value_date
        transfer = self._transfers_by_lot[opener]
        acquired_at = transfer.event.acquired_at
        return transfer.value_date if acquired_at is None else acquired_at.date()

    @cached_property
    def _transfers_by_lot(self) -> dict[str, TransferRow]:
        return {leg_id(row.event): row for row in self.books.transfers.values()}

    def fact_security_transfers(self) -> dict[Key, tuple[Any, ...]]:
        """Every transfer of securities."""
        return {
            (event_id,): (
                row.event.account_id,
                row.event.symbol,
                row.event.direction,
                row.event.quantity,
                row.value_date,
                row.local_cost,
                convert(row.local_cost, row.conversion),
                row.base_amount,
                row.is_external_flow,
            )
            for event_id, row in self.books.transfers.items()
        }

    def fact_cash_events(self) -> dict[Key, tuple[Any, ...]]:
        """Every movement of cash."""
        return {
            (event_id,): (
                row.event.account_id,
                row.event.type,
                row.amount,
                row.value_date,
                row.is_external_flow,
            )
            for event_id, row in self.books.cash_events.items()
        }

    def fact_prices_daily(self) -> dict[Key, tuple[Any, ...]]:
        """Closes, carried forward."""
        return {
            key: (row.close_price, row.return_pct, row.stale_days)
            for key, row in self.books.prices.items()
        }

    def fact_cash_balances_daily(self) -> dict[Key, tuple[Any, ...]]:
        """The balance of every currency at the close of every day."""
        return {
            key: (row.cash_balance, *_stated(row.conversion), row.cash_value)
            for key, row in self.books.cash_balances.items()
        }

    def fact_positions_daily(self) -> dict[Key, tuple[Any, ...]]:
        """Every holding at the close of every day."""
        return {
            key: (
                self.books.inputs.instrument(key[1]).currency,
                row.cumulative_position,
                row.avg_cost_per_share,
                row.close_price,
                row.stale_days,
                *_stated(row.conversion),
                row.market_value,
                row.cost_basis,
                row.unrealized_pnl,
                row.realized_pnl_to_date,
                row.value_status,
            )
            for key, row in self.books.positions.items()
        }

    def fact_portfolio_value_daily(self) -> dict[Key, tuple[Any, ...]]:
        """Values and flows of accounts."""
        return {
            key: (
                self.books.base_currency(key[0]),
                row.total_value,
                row.cash_balance,
                row.positions_value,
                row.net_external_flow,
                row.value_status,
            )
            for key, row in self.books.portfolio.items()
        }

    def fact_pnl_daily(self) -> dict[Key, tuple[Any, ...]]:
        """P&L of every holding and of the cash of every currency."""
        return {
            key: (
                row.realized_pnl,
                row.unrealized_pnl,
                row.unrealized_pnl_change,
                row.dividends,
                row.interest,
                row.fees,
                row.fx_pnl,
                row.total_pnl,
            )
            for key, row in self.books.pnl.items()
        }

    def pnl_explain_daily(self) -> dict[Key, tuple[Any, ...]]:
        """Where that P&L comes from."""
        return {
            key: (
                row.price_pnl,
                row.fx_pnl,
                row.cross_pnl,
                row.trading_pnl,
                row.dividends,
                row.interest,
                row.fees,
                row.fx_cash_pnl,
                row.explained_pnl,
                row.total_pnl,
                row.unexplained,
            )
            for key, row in explain(self.books).items()
        }

    def rate(self, base: str, quote: str, day: date) -> tuple[Fraction | None, int | None]:
        """Rate and fx_stale_days of a day."""
        return _stated(self.books.rates.on(base, quote, day))

    def needed_rates(self) -> set[tuple[str, str, date]]:
        """Pairs and days that positions, cash and scopes convert at a rate."""
        keys = {
            (self.books.inputs.instrument(symbol).currency, self.books.base_currency(owner), day)
            for owner, symbol, day in self.books.positions
        }
        keys |= {
            (currency, self.books.base_currency(owner), day)
            for owner, currency, day in self.books.cash_balances
        }
        keys |= {
            (self.books.base_currency(owner), FIRM_CURRENCY, day)
            for owner, day in self.books.portfolio
        }
        return {key for key in keys if self.books.rates.on(*key) is not None}

    def fact_scope_value_daily(self) -> dict[Key, tuple[Any, ...]]:
        """Values and gross flows of every scope."""
        return {
            (*key, day): (value.value_status, value.total_value, value.inflow, value.outflow)
            for key, scope in self.scopes.items()
            for day, value in scope.values.items()
        }

    # -------------------------------------------------------------- performance

    def scope_returns(self) -> dict[Key, tuple[Any, ...]]:
        """Time-weighted returns of every scope."""
        return {
            (*key, day): (row.status, row.segment_id, row.daily_return_pct, index[day])
            for key, rows in self.returns.items()
            for index in [performance.wealth_index(rows)]
            for day, row in rows.items()
        }

    def daily_returns(self) -> dict[Key, tuple[Any, ...]]:
        """The same of accounts."""
        return self._of_accounts({key: row[:3] for key, row in self.scope_returns().items()})

    def cumulative_returns(self) -> dict[Key, tuple[Any, ...]]:
        """The wealth index of accounts."""
        expected: dict[Key, tuple[Any, ...]] = {}
        for key, rows in self.returns.items():
            index = performance.wealth_index(rows)
            cumulative = performance.cumulative_return_pct(index)
            expected |= {(*key, day): (cumulative[day], index[day]) for day in index}
        return self._of_accounts(expected)

    def scope_drawdown(self) -> dict[Key, tuple[Any, ...]]:
        """Drawdowns of every scope."""
        return {
            (*key, day): (row.drawdown_pct, row.max_drawdown_pct)
            for key, rows in self.returns.items()
            for day, row in performance.drawdowns(performance.wealth_index(rows)).items()
        }

    def drawdown(self) -> dict[Key, tuple[Any, ...]]:
        """The same of accounts."""
        return self._of_accounts(self.scope_drawdown())

    def scope_volatility(self) -> dict[Key, tuple[Any, ...]]:
        """Volatility of 30 returns of every scope."""
        return {
            (*key, day): (volatility,)
            for key, rows in self.returns.items()
            for day, volatility in performance.rolling_volatility(
                rows, self.scopes[key].days_per_year
            ).items()
        }

    def rolling_volatility(self) -> dict[Key, tuple[Any, ...]]:
        """The same of accounts."""
        return self._of_accounts(self.scope_volatility())

    def performance_summary(self) -> dict[Key, tuple[Any, ...]]:
        """The whole history of every scope."""
        return {
            key: (
                summary.total_return_pct,
                summary.cagr_pct,
                summary.annualized_volatility_pct,
                summary.sharpe_ratio,
                summary.sortino_ratio,
                summary.calmar_ratio,
                summary.max_drawdown_pct,
                summary.observation_count,
                weighted.xirr_pct,
                weighted.xirr_status,
                weighted.modified_dietz_pct,
            )
            for key, rows in self.returns.items()
            for summary in [performance.performance_summary(rows, self.scopes[key].days_per_year)]
            for weighted in [money_weighted(self.scopes[key].values)]
        }

    # -------------------------------------------------------------- risk

    def value_at_risk(self) -> dict[Key, tuple[Any, ...]]:
        """Both historical methods at three confidences."""
        return {
            (*key, day, method, confidence, 1): (
                row.status,
                row.window_days,
                row.observation_count,
                row.proxied_pct or 0,
                row.var_amount if has_amount else None,
                row.es_amount if has_amount else None,
                row.var_pct,
                row.es_pct,
            )
            for key, day, method, outcomes in self._outcomes()
            for confidence, tail in risk.ALPHA_BASIS_POINTS.items()
            for row in [risk.var_row(outcomes, tail)]
            # A share of a value below zero is no amount: it would show a loss as a gain.
            for has_amount in [
                method == risk.SIMULATION
                or row.status != "no_capital"
                or not outcomes.has_positions
            ]
        }

    def stress_test_outcomes(self) -> dict[Key, tuple[Any, ...]]:
        """Every scenario of the seeds."""
        shocks = seeded_shocks()
        return {
            (scenario["scenario_id"], *key, day): (
                scenario["scenario_name"],
                scenario["scenario_kind"],
                outcome.pnl_amount,
                outcome.pnl_pct,
                outcome.is_fallback,
                outcome.unshocked_pct,
                outcome.status,
            )
            for key, holdings in self._holdings.items()
            for day, held in holdings.items()
            for scenario in seed("scenarios")
            for outcome in [self._stressed(key, day, held, scenario, shocks)]
        }

    def _stressed(
        self,
        key: ScopeKey,
        day: date,
        held: Mapping[str, Amount],
        scenario: Mapping[str, str],
        shocks: Mapping[str, list[Shock]],
    ) -> StressRow:
        holdings = {
            symbol: None if value is None else float(value) for symbol, value in held.items()
        }
        value = self.scopes[key].values[day].total_value
        instruments = self.books.inputs.instruments
        of_scenario = shocks[scenario["scenario_id"]]
        if scenario["scenario_kind"] == "hypothetical":
            return risk.hypothetical_stress(holdings, value, instruments, of_scenario)
        first, last = (date.fromisoformat(scenario[name]) for name in ("start_date", "end_date"))
        return risk.replay_stress(
            holdings,
            value,
            day,
            Window(first, last, self._closes_of_traded(first, last), self.books.rates),
            instruments,
            of_scenario,
            self.scopes[key].currency,
        )

    def _closes_of_traded(self, first: date, last: date) -> dict[str, CloseSeries]:
        """Closes of what traded at both ends; one carried for over 5 days is no history."""
        return {
            symbol: series
            for symbol, series in self.books.closes.items()
            if all(self._is_fresh(symbol, day) for day in (first, last))
        }

    def _is_fresh(self, symbol: str, day: date) -> bool:
        row = self.books.prices.get((symbol, day))
        return row is not None and (row.stale_days or 0) <= STALE_DAYS_LIMIT

    def _outcomes(self) -> Iterator[tuple[ScopeKey, date, str, Outcomes]]:
        """Losses of every scope, day and method, as `risk.value_at_risk` gathers them."""
        scenarios_of = {
            place: risk.build_scenarios(self.books, *place)
            for place in {(scope.calendar, scope.currency) for scope in self.scopes.values()}
        }
        for key, scope in self.scopes.items():
            scenarios = scenarios_of[scope.calendar, scope.currency]
            for day, realized in risk.realized_outcomes(scope, self.returns[key]).items():
                value = realized.value
                # proxied_pct of a scope is that of its net holdings.
                held = {
                    (key[1], symbol): amount
                    for symbol, amount in self._holdings[key][day].items()
                    if amount != 0
                }
                simulated = risk.simulated_outcomes(held, value, day, scenarios)
                if not held:  # and so nothing was simulated
                    simulated = replace(simulated, losses=())
                # What holds nothing and never moved in the window has nothing to lose.
                is_riskless = not held and all(loss == 0 for loss in realized.losses)
                yield key, day, risk.SIMULATION, simulated
                yield key, day, risk.REALIZED, replace(realized, has_positions=not is_riskless)

    @cached_property
    def _holdings(self) -> dict[ScopeKey, Holdings]:
        holdings: dict[ScopeKey, Holdings] = {}
        for key, scope in self.scopes.items():
            holdings[key] = {}
            for day, positions in risk.scope_holdings(self.books, scope).items():
                net: dict[str, list[Amount]] = defaultdict(list)
                for (_, symbol), value in positions.items():
                    net[symbol].append(value)
                holdings[key][day] = {symbol: total(values) for symbol, values in net.items()}
        return holdings

    @staticmethod
    def _of_accounts(rows: Mapping[Key, tuple[Any, ...]]) -> dict[Key, tuple[Any, ...]]:
        """Rows of accounts only, with the key (account_id, value_date)."""
        return {key[1:]: row for key, row in rows.items() if key[0] == "account"}


def _action_id(event: Event) -> str:
    """Its name in fact_corporate_actions."""
    if isinstance(event, CorporateAction):
        return event.action_id
    return "" if isinstance(event, Trade) else f"CASH_IN_LIEU|{event.event_id}"


def _stated(conversion: Conversion | None) -> tuple[Fraction | None, int | None]:
    """Rate and its age, as columns."""
    return (None, None) if conversion is None else (conversion.rate, conversion.stale_days)


def seed(name: str) -> list[dict[str, str]]:
    """Rows of a seed of the dbt project."""
    with (DBT_PROJECT / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def with_known_classes(inputs: Inputs) -> Inputs:
    """Inputs whose instruments have the asset classes and sectors that their names stand for."""
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for row in seed("classification_aliases"):
        names[row["kind"]][row["alias"]] = row["name"]
    instruments = {
        symbol: replace(
            each,
            asset_class=known_name(each.asset_class, names["asset_class"]),
            sector=known_name(each.sector, names["sector"]),
        )
        for symbol, each in inputs.instruments.items()
    }
    return replace(inputs, instruments=instruments)


def seeded_shocks() -> dict[str, list[Shock]]:
    """The shocks of each scenario, as ratios."""
    shocks: dict[str, list[Shock]] = defaultdict(list)
    for row in seed("scenario_shocks"):
        shock = Shock(row["shock_level"], row["shock_key"], float(row["shock_pct"]) / 100)
        shocks[row["scenario_id"]].append(shock)
    return shocks
