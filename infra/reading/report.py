"""The risk report: what the published warehouse says on its last day.

A section is a title and a query. To add one, add it to SECTIONS; the ending of a column's name
says how its values are shown.
"""

import html
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from infra.orchestration.publishing import PublishedReader, open_published
from infra.reading.text import as_text, table_lines
from infra.writing import write_atomically


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the report."""

    title: str
    needs: tuple[str, ...]
    """Tables without which it is left out."""
    sql: str


SECTIONS = (
    Section(
        "Value and P&L, last day",
        ("main_facts.fact_portfolio_value_daily", "main_facts.fact_pnl_daily"),
        """
        with pnl as (
            select account_id, value_date, sum(total_pnl) as total_pnl
            from main_facts.fact_pnl_daily
            group by account_id, value_date
        )
        select
            portfolio.account_id,
            portfolio.value_date,
            portfolio.total_value,
            portfolio.cash_balance,
            portfolio.positions_value,
            coalesce(pnl.total_pnl, 0) as pnl_of_day_amount,
            (
                select sum(history.total_pnl) from pnl as history
                where history.account_id = portfolio.account_id
                    and history.value_date <= portfolio.value_date
            ) as pnl_to_date_amount
        from main_facts.fact_portfolio_value_daily as portfolio
        left join pnl
            on portfolio.account_id = pnl.account_id
            and portfolio.value_date = pnl.value_date
        qualify row_number() over (
            partition by portfolio.account_id order by portfolio.value_date desc
        ) = 1
        order by portfolio.account_id
        """,
    ),
    Section(
        "Return, drawdown and volatility, last day",
        (
            "main_metrics.daily_returns",
            "main_metrics.cumulative_returns",
            "main_metrics.drawdown",
            "main_metrics.rolling_volatility",
        ),
        """
        select
            daily.account_id,
            daily.value_date,
            daily.daily_return_pct,
            cumulative.cumulative_return_pct,
            falls.drawdown_pct,
            falls.max_drawdown_pct,
            volatility.annualized_volatility_pct
        from main_metrics.daily_returns as daily
        left join main_metrics.cumulative_returns as cumulative
            on daily.account_id = cumulative.account_id
            and daily.value_date = cumulative.value_date
        left join main_metrics.drawdown as falls
            on daily.account_id = falls.account_id
            and daily.value_date = falls.value_date
        left join main_metrics.rolling_volatility as volatility
            on daily.account_id = volatility.account_id
            and daily.value_date = volatility.value_date
        qualify row_number() over (
            partition by daily.account_id order by daily.value_date desc
        ) = 1
        order by daily.account_id
        """,
    ),
    Section(
        "Largest positions, last day",
        ("main_facts.fact_positions_daily",),
        """
        select
            account_id, symbol, cumulative_position as quantity,
            avg_cost_per_share as average_cost_price, close_price,
            market_value, unrealized_pnl, stale_days
        from main_facts.fact_positions_daily
        where cumulative_position <> 0
            and value_date = (select max(value_date) from main_facts.fact_positions_daily)
        order by abs(market_value) desc nulls last, account_id, symbol
        limit 10
        """,
    ),
    Section(
        "Value at risk and expected shortfall, 1 day (losses are positive)",
        ("main_metrics.value_at_risk",),
        """
        select
            scope_type, scope_id, value_date, method, confidence_pct,
            var_amount, es_amount, var_pct, es_pct, status
        from main_metrics.value_at_risk
        where horizon_days = 1
            and value_date = (select max(value_date) from main_metrics.value_at_risk)
        order by
            case scope_type when 'firm' then 1 when 'desk' then 2 else 3 end,
            scope_id, method, confidence_pct
        """,
    ),
    Section(
        "Stress tests of the firm, worst first",
        ("main_metrics.stress_test_outcomes",),
        """
        select scenario_name, scenario_kind, value_date, pnl_amount, pnl_pct, is_fallback
        from main_metrics.stress_test_outcomes
        where scope_type = 'firm'
            and value_date = (select max(value_date) from main_metrics.stress_test_outcomes)
        order by pnl_amount nulls last, scenario_id
        """,
    ),
    Section(
        "Performance since inception",
        ("main_metrics.performance_summary",),
        """
        select
            scope_type, scope_id, total_return_pct, cagr_pct, annualized_volatility_pct,
            sharpe_ratio, sortino_ratio, calmar_ratio, max_drawdown_pct, observation_count
        from main_metrics.performance_summary
        order by
            case scope_type when 'firm' then 1 when 'desk' then 2 else 3 end, scope_id
        """,
    ),
    Section(
        "Freshness of the data (UTC)",
        ("main.raw_trades", "main.raw_prices", "main.raw_cash_events"),
        """
        select
            'trades' as data, count(*) as row_count,
            max(executed_at) as last_event, max(ingested_at) as last_load
        from main.raw_trades
        union all
        select
            'prices', count(*),
            max(coalesce("timestamp", cast(date as timestamp))), max(ingested_at)
        from main.raw_prices
        union all
        select 'cash events', count(*), max("timestamp"), max(ingested_at)
        from main.raw_cash_events
        """,
    ),
    Section(
        "The build this is of",
        ("main.warehouse_builds",),
        """
        select
            finished_at as built_at, status, built_count,
            tests_passed as tests_passed_count, tests_warned as tests_warned_count,
            tests_failed as tests_failed_count
        from main.warehouse_builds
        order by started_at desc
        limit 1
        """,
    ),
)


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A section with its rows, ready to be shown."""

    title: str
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]


def report(database: Path, sections: Sequence[Section] = SECTIONS) -> list[ReportTable]:
    """Read the report's sections from the published version.

    Raises:
        NothingPublished: There is no version yet.
    """
    with open_published(database) as reader:
        present = _tables(reader)
        return [_read(reader, section) for section in sections if present.issuperset(section.needs)]


def report_lines(tables: Sequence[ReportTable]) -> Iterator[str]:
    """The report for a terminal."""
    for table in tables:
        yield table.title
        yield ""
        shown = table_lines(table.names, table.rows, table.right) if table.rows else ["no rows yet"]
        yield from (f"  {line}" for line in shown)
        yield ""


def write_page(tables: Sequence[ReportTable], path: Path) -> None:
    """Write the report as one HTML file that needs no other.

    Raises:
        OSError: It cannot be written there; what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    body = "\n".join(_html_table(table) for table in tables)
    write_atomically(path, _PAGE.substitute(body=body))


def _tables(reader: PublishedReader) -> set[str]:
    rows = reader.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
    ).fetchall()
    return {name for (name,) in rows}


def _read(reader: PublishedReader, section: Section) -> ReportTable:
    result = reader.execute(section.sql)
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
        tuple(_heading(name) for name in names),
        rows,
        tuple(show is not as_text for show in shown_by),
    )


# The report shows cents and hundredths of a percent; the warehouse keeps every digit.
_FORMATS: tuple[tuple[tuple[str, ...], Callable[[Any], str]], ...] = (
    (("_value", "_balance", "_amount", "_pnl", "_price"), "{:,.2f}".format),
    (("confidence_pct",), "{:g} %".format),
    (("_pct",), "{:,.2f} %".format),
    (("_ratio",), "{:,.2f}".format),
    (("_count", "_days"), "{:,}".format),
    (("quantity",), "{:,f}".format),
)


def _format_of(name: str) -> Callable[[Any], str]:
    return next((show for endings, show in _FORMATS if name.endswith(endings)), as_text)


def _heading(name: str) -> str:
    words = name.removesuffix("_amount").removesuffix("_pct").removesuffix("_count")
    return words.replace("_", " ")


def _html_table(table: ReportTable) -> str:
    title = f"<h2>{html.escape(table.title)}</h2>"
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
<title>Portfolio risk report</title>
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
<h1>Portfolio risk report</h1>
$body
</body>
</html>
""")
