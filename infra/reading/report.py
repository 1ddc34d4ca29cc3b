"""The risk report: what the published warehouse says on its last day.

A section is a title, a note and a query. To add one, add it to SECTIONS; the ending of a column's
name says how its values are shown.
"""

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import Any

import duckdb

from infra.orchestration.publishing import open_published
from infra.reading.queries import one_line
from infra.reading.text import as_text, table_lines
from infra.writing import write_atomically
from producer.common.clock import Clock, system_clock
from producer.common.errors import UnusableInput, WarehouseError

TITLE = "Portfolio risk report"


class ReportFailed(WarehouseError):  # noqa: N818 - says what happened
    """The published version lacks what the report reads, or the page could not be written."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the report."""

    title: str
    note: str
    """What a reader has to know to read it; may be empty."""
    sql: str


# A scope may have no value on the last day of another one: each is shown on its own last day.
SECTIONS = (
    Section(
        "Value and P&L, last day",
        "P&L is the change in value less flows, in the currency of the scope; that of the day"
        " counts from the trading day before.",
        """
        with days as (
            select
                *,
                external_inflow - external_outflow as net_flow,
                lag(total_value) over history as previous_value,
                row_number() over history = 1 as is_first
            from main_facts.fact_scope_value_daily
            window history as (partition by scope_type, scope_id order by value_date)
        ),
        -- What came of it in the scope's own currency; unknown where a value or a flow is.
        earned as (
            select
                *,
                total_value - if(is_first, 0, previous_value) - net_flow as of_day,
                total_value - if(count(*) over until_now = count(net_flow) over until_now,
                    sum(net_flow) over until_now, null) as to_date
            from days
            window until_now as (partition by scope_type, scope_id order by value_date)
            qualify value_date = max(value_date) over (partition by scope_type, scope_id)
        )
        select
            earned.scope_type as scope,
            if(scope = 'firm', null, earned.scope_id) as name,
            earned.value_date as day,
            scopes.currency,
            earned.total_value,
            earned.cash_balance,
            earned.positions_value,
            earned.of_day as pnl_of_day_amount,
            earned.to_date as pnl_to_date_amount
        from earned
        inner join main_dimensions.dim_scope as scopes
            on earned.scope_type = scopes.scope_type
            and earned.scope_id = scopes.scope_id
        order by scope = 'account', scope = 'desk', earned.scope_id
        """,
    ),
    Section(
        "Value at risk and expected shortfall, 1 day",
        "VaR is the loss by the next trading day that is exceeded with probability 1 - confidence,"
        " ES the average loss beyond it; both are positive losses. historical_simulation: what is"
        " held today under past returns; historical_realized: the returns there really were.",
        """
        select
            scope_type as scope, if(scope = 'firm', null, scope_id) as name, value_date as day,
            method, confidence_pct, currency, var_amount, var_pct, es_amount, es_pct,
            observation_count, status
        from main_metrics.value_at_risk
        inner join main_dimensions.dim_scope using (scope_type, scope_id)
        where horizon_days = 1
        qualify value_date = max(value_date) over (partition by scope_type, scope_id)
        order by
            scope = 'account', scope = 'desk', scope_id,
            method <> 'historical_simulation', method, confidence_pct desc
        """,
    ),
    Section(
        "Stress tests of the firm, worst first",
        "Assumed: whether a set shock stands in where the book's own prices do not reach back to"
        " the days that are replayed. Not shocked: the share of the positions that no shock"
        " reaches; above 50 % the status is not_covered.",
        """
        select
            scenario_name as scenario, scenario_kind as kind, value_date as day, currency,
            pnl_amount, pnl_pct, if(is_fallback, 'yes', 'no') as assumed,
            unshocked_pct as not_shocked_pct, status
        from main_metrics.stress_test_outcomes
        inner join main_dimensions.dim_scope using (scope_type, scope_id)
        where scope_type = 'firm'
        qualify value_date = max(value_date) over ()
        order by pnl_amount nulls last, scenario_id
        """,
    ),
    Section(
        "Largest positions, last day",
        "Average cost and close are in the instrument's currency, value and P&L in the account's. A"
        " stale day is a trading day since the last price.",
        """
        select
            account_id as account, symbol, value_date as day, cumulative_position as quantity,
            currency as price_currency, avg_cost_per_share as average_cost_price, close_price,
            base_currency as currency, market_value, unrealized_pnl, stale_days
        from (
            select * from main_facts.fact_positions_daily
            qualify value_date = max(value_date) over (partition by account_id)
        )
        inner join main_dimensions.dim_account using (account_id)
        where cumulative_position <> 0
        order by abs(market_value) desc nulls last, account_id, symbol
        limit 10
        """,
    ),
    Section(
        "Return, drawdown and volatility, last day",
        "Volatility is that of the last 30 returns, a year.",
        """
        select
            daily.scope_type as scope,
            if(scope = 'firm', null, daily.scope_id) as name,
            daily.value_date as day,
            daily.daily_return_pct,
            falls.drawdown_pct,
            falls.max_drawdown_pct,
            volatility.annualized_volatility_pct as volatility_pct
        from main_metrics.scope_returns as daily
        left join main_metrics.scope_drawdown as falls
            on daily.scope_type = falls.scope_type
            and daily.scope_id = falls.scope_id
            and daily.value_date = falls.value_date
        left join main_metrics.scope_volatility as volatility
            on daily.scope_type = volatility.scope_type
            and daily.scope_id = volatility.scope_id
            and daily.value_date = volatility.value_date
        qualify daily.value_date = max(daily.value_date) over (
            partition by daily.scope_type, daily.scope_id
        )
        order by scope = 'account', scope = 'desk', daily.scope_id
        """,
    ),
    Section(
        "Performance since inception",
        "Time-weighted: deposits and withdrawals do not count as performance. CAGR is the return a"
        " year; volatility and ratios are a year's, too.",
        """
        select
            scope_type as scope, if(scope = 'firm', null, scope_id) as name, total_return_pct,
            cagr_pct, annualized_volatility_pct as volatility_pct, sharpe_ratio, sortino_ratio,
            calmar_ratio, max_drawdown_pct, observation_count
        from main_metrics.performance_summary
        order by scope = 'account', scope = 'desk', scope_id
        """,
    ),
    Section(
        "Freshness of the data (UTC)",
        "Rows in quarantine could not be let in and are in no figure above.",
        """
        with loads as (
            select
                1 as place, 'trades' as kind, count(*) as row_count,
                max(executed_at) as last_event_at, max(ingested_at) as last_load_at
            from main.raw_trades
            union all
            select
                2, 'prices', count(*),
                max(coalesce("timestamp", cast(date as timestamp))), max(ingested_at)
            from main.raw_prices
            union all
            select 3, 'cash_events', count(*), max("timestamp"), max(ingested_at)
            from main.raw_cash_events
        ),
        kept_out as (
            select kind, count(*) as row_count from main.raw_quarantine group by kind
        )
        select
            replace(loads.kind, '_', ' ') as data, loads.row_count, loads.last_event_at,
            loads.last_load_at, coalesce(kept_out.row_count, 0) as quarantined_count
        from loads
        left join kept_out on loads.kind = kept_out.kind
        order by loads.place
        """,
    ),
    Section(
        "The build this is of",
        "",
        """
        select
            finished_at, status, built_count,
            tests_passed as tests_passed_count, tests_warned as tests_warned_count,
            tests_failed as tests_failed_count
        from main.warehouse_builds
        where finished_at is not null  -- another build may have begun since
        order by finished_at desc, build_id desc
        limit 1
        """,
    ),
)

# One row per scope: what its 99 % VaR says, on its last day.
_RISKS = """
select
    scope_type, scope_id, currency, status, observation_count, window_days, var_amount, var_pct,
    es_amount
from main_metrics.value_at_risk
inner join main_dimensions.dim_scope using (scope_type, scope_id)
where method = 'historical_simulation' and confidence_pct = 99 and horizon_days = 1
qualify value_date = max(value_date) over (partition by scope_type, scope_id)
order by scope_type = 'account', scope_type = 'desk', scope_id
"""
_LAST_DAY = "select max(value_date) from main_facts.fact_scope_value_daily"

_NO_FIGURE_BECAUSE = {
    "insufficient_history": "too few days of history ({count})",
    "short_history": "for most of the days the prices of other symbols would have to stand in",
    "constant": "its value has never moved",
}
_DAYS_OF_ONE_PERCENT = 100
"""Fewer have no worst 1 %: their worst day stands for it."""
_OLD_AFTER_DAYS = 7
_NO_PLACE_FOR_A_FILE = (FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


@dataclass(frozen=True, slots=True)
class Risk:
    """What one scope could lose by the next trading day, 99 times of 100."""

    scope_type: str
    scope_id: str
    currency: str
    status: str
    observation_count: int
    window_days: int
    var_amount: float | None
    var_pct: float | None
    es_amount: float | None

    def sentence(self) -> str:
        """The same in words."""
        name = "the firm" if self.scope_type == "firm" else f"{self.scope_type} {self.scope_id}"
        if self.var_amount is None or self.es_amount is None:
            reason = _NO_FIGURE_BECAUSE.get(self.status, self.status.replace("_", " "))
            because = reason.format(count=self.observation_count)
            return f"What {name} could lose by the next trading day cannot be said yet: {because}."
        if self.status == "no_positions" or not self.observation_count:
            return f"Nothing is at risk in {name} by the next trading day: it holds no positions."
        percent = "" if self.var_pct is None else f" ({abs(self.var_pct):,.2f} %)"
        value_at_risk = self._money(self.var_amount) + percent
        shortfall = self._money(self.es_amount)
        is_loss, is_loss_beyond = self.var_amount >= 0, self.es_amount >= 0
        if self.observation_count >= self.window_days:
            return (
                f"We are 99 % confident that {name}"
                f" {'loses no more than' if is_loss else 'gains at least'} {value_at_risk} by the"
                f" next trading day; in the worst 1 % it {'loses' if is_loss_beyond else 'gains'}"
                f" {shortfall} on average."
            )
        few = f"Based on only {self.observation_count:,} days, too few to be 99 % confident:"
        if self.observation_count < _DAYS_OF_ONE_PERCENT:
            return (
                f"{few} on the worst of them {name} would have"
                f" {'lost' if is_loss else 'gained'} {value_at_risk}."
            )
        return (
            f"{few} on 99 % of them {name} would have"
            f" {'lost no more than' if is_loss else 'gained at least'} {value_at_risk}; on the"
            f" others it would have {'lost' if is_loss_beyond else 'gained'} {shortfall} on"
            " average."
        )

    def _money(self, amount: float) -> str:
        return f"{abs(amount):,.2f} {self.currency}"


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A section with its rows, ready to be shown."""

    title: str
    note: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The whole report, ready to be shown."""

    version: str
    last_day: date | None
    """The last day with any price; all figures are as of then or before."""
    made_on: date
    summary: tuple[str, ...]
    """A sentence for each scope, the firm first."""
    tables: tuple[ReportTable, ...]

    def opening(self) -> Iterator[str]:
        """What stands above the tables."""
        yield f"Published version {self.version}"
        if self.last_day:
            age_days = (self.made_on - self.last_day).days
            old = f"; this is {age_days:,} days old" if age_days > _OLD_AFTER_DAYS else ""
            yield f"As of {self.last_day}, the last day with a price{old}"
        yield from self.summary or ["There are no risk figures yet."]


def report(
    database: Path, sections: Sequence[Section] = SECTIONS, *, clock: Clock = system_clock
) -> Report:
    """Read the report from the published version; all of it from one.

    Args:
        database: The DuckDB file.
        sections: The tables.
        clock: Tells how old the figures are.

    Raises:
        NothingPublished: There is no version yet.
        ReportFailed: The version lacks what a section reads.
    """
    with open_published(database) as reader:
        version, connection = reader.pinned()
        try:
            (last_day,) = connection.execute(_LAST_DAY).fetchall()[0]
            risks = [Risk(*row) for row in connection.execute(_RISKS).fetchall()]
            tables = tuple(_read(connection, section) for section in sections)
        except duckdb.Error as error:
            raise ReportFailed(
                f"the published version {version} holds not all that the report reads; build it"
                f" anew with `warehouse build` ({one_line(error)})"
            ) from error
    summary = tuple(as_text(risk.sentence()) for risk in risks)
    return Report(version, last_day, clock().date(), summary, tables)


def report_lines(report: Report) -> Iterator[str]:
    """The report for a terminal."""
    yield TITLE
    yield ""
    yield from report.opening()
    yield ""
    for table in report.tables:
        yield table.title
        if table.note:
            yield table.note
        yield ""
        shown = table_lines(table.names, table.rows, table.right) if table.rows else ["no rows yet"]
        yield from (f"  {line}" for line in shown)
        yield ""


def write_page(report: Report, path: Path) -> None:
    """Write the report as one HTML file that needs no other.

    Raises:
        UnusableInput: That is no place for a file.
        ReportFailed: It could not be written; what was there before stays.
    """
    opening = "\n".join(f"<p>{html.escape(line)}</p>" for line in report.opening())
    tables = "\n".join(_html_table(table) for table in report.tables)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, _PAGE.substitute(title=TITLE, opening=opening, tables=tables))
    except _NO_PLACE_FOR_A_FILE as error:
        raise UnusableInput(f"{path}: cannot be written ({error.strerror})") from error
    except OSError as error:
        raise ReportFailed(f"{path}: cannot be written ({error.strerror or error})") from error


def _read(connection: duckdb.DuckDBPyConnection, section: Section) -> ReportTable:
    result = connection.execute(section.sql)
    names = [column[0] for column in result.description]
    shown_by = [_format_of(name) for name in names]
    rows = tuple(
        tuple(
            "" if value is None else show(value) for show, value in zip(shown_by, row, strict=True)
        )
        for row in result.fetchall()
    )
    return ReportTable(
        section.title,
        section.note,
        tuple(_heading(name, names) for name in names),
        rows,
        tuple(show not in (as_text, _as_moment) for show in shown_by),
    )


def _as_moment(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}"


def _as_quantity(value: Decimal) -> str:
    """Every digit there is, without the zeros that end a fraction."""
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


# The report shows cents and hundredths of a percent; the warehouse keeps every digit.
_FORMATS: tuple[tuple[tuple[str, ...], Callable[[Any], str]], ...] = (
    (("_value", "_balance", "_amount", "_pnl", "_price"), "{:,.2f}".format),
    (("confidence_pct",), "{:g} %".format),
    (("_pct",), "{:,.2f} %".format),
    (("_ratio",), "{:,.2f}".format),
    (("_count", "_days"), "{:,}".format),
    (("quantity",), _as_quantity),
    (("_at",), _as_moment),
)

_HEADINGS = {
    "average_cost_price": "average cost",
    "built_count": "models built",
    "observation_count": "observations",
    "row_count": "rows",
}
_SPELLED = {"var": "VaR", "es": "ES", "pnl": "P&L", "cagr": "CAGR"}


def _format_of(name: str) -> Callable[[Any], str]:
    return next((show for endings, show in _FORMATS if name.endswith(endings)), as_text)


def _heading(name: str, names: Sequence[str]) -> str:
    if name in _HEADINGS:
        return _HEADINGS[name]
    stem, _, unit = name.rpartition("_")
    if unit in ("amount", "pct", "count", "at"):
        # One figure may stand there twice, in money and in percent.
        is_double = {f"{stem}_amount", f"{stem}_pct"}.issubset(names)
        name = f"{stem}_{'amount' if unit == 'amount' else '%'}" if is_double else stem
    return " ".join(_SPELLED.get(word, word) for word in name.split("_"))


def _html_table(table: ReportTable) -> str:
    title = f"<h2>{html.escape(table.title)}</h2>"
    if table.note:
        title += f"\n<p>{html.escape(table.note)}</p>"
    if not table.rows:
        return f"{title}\n<p>no rows yet</p>"
    head = _html_row("th", table.names, table.right)
    body = "\n".join(_html_row("td", row, table.right) for row in table.rows)
    return f"{title}\n<table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _html_row(tag: str, cells: Sequence[str], right: Sequence[bool]) -> str:
    shown = (
        f"<{tag}{' class=right' if is_right else ''}>{html.escape(cell)}</{tag}>"
        for cell, is_right in zip(cells, right, strict=True)
    )
    return f"<tr>{''.join(shown)}</tr>"


_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .25rem .75rem; text-align: left; white-space: nowrap; }
td { border-top: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
.right { text-align: right; font-variant-numeric: tabular-nums; }
</style>
</head>
<body>
<h1>$title</h1>
$opening
$tables
</body>
</html>
""")
