"""The risk report: what a reader finds in it, in words and in tables."""

import html.parser
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from infra.orchestration.publishing import open_published
from infra.reading.report import Report, ReportTable, Risk, report
from producer.common import database as databases
from tests.infra.conftest import Call
from tests.infra.handmade import publish

PassedBuild = Callable[[int], None]

HOSTILE = '<b>&"x'

# Two accounts of one desk. A2 is valued around the clock: its last day is a Saturday.
WORLD = """
create schema main_dimensions;
create schema main_facts;
create schema main_metrics;

create table main_dimensions.dim_account as
from (values ('A1', 'rates', 'EUR'), ('A2', 'rates', 'USD'))
as t (account_id, desk, base_currency);

create table main_dimensions.dim_scope as
from (values
    ('firm', 'firm', 'USD'), ('desk', 'rates', 'USD'), ('account', 'A1', 'EUR'),
    ('account', 'A2', 'USD')
) as t (scope_type, scope_id, currency);

create table main_facts.fact_scope_value_daily as
from (values
    ('firm', 'firm', date '2025-01-02', 1000.0, 400.0, 600.0, 900.0, 0.0),
    ('firm', 'firm', date '2025-01-03', 300000.005, 100000.0, 200000.005, 298000.0, 10.005),
    ('desk', 'rates', date '2025-01-03', 300000.005, 100000.0, 200000.005, 300000.005, 20.0),
    ('account', 'A1', date '2025-01-02', 400.0, 100.0, 300.0, 399.0, 0.0),
    ('account', 'A1', date '2025-01-03', 410.0, 100.0, 310.0, 0.0, 0.0),
    ('account', 'A2', date '2025-01-03', 500.0, 500.0, 0.0, null, null),
    ('account', 'A2', date '2025-01-04', 500.0, 500.0, 0.0, 0.0, 0.0)
) as t (
    scope_type, scope_id, value_date, total_value, cash_balance, positions_value,
    external_inflow, external_outflow
);

create table main_facts.fact_positions_daily as
select
    *, close_price * cumulative_position as market_value, 0.5 as unrealized_pnl, 3 as stale_days,
    'GBP' as currency
from (values
    ('A1', 'HOSTILE', date '2025-01-03', 1000.5::decimal(28, 8), 2.0, 4.0),
    ('A1', 'SHORT', date '2025-01-03', -3000::decimal(28, 8), 2.0, 4.0),
    ('A1', 'OLD', date '2025-01-02', 7::decimal(28, 8), 2.0, 4.0),
    ('A1', 'FLAT', date '2025-01-03', 0::decimal(28, 8), null, 4.0),
    ('A2', 'ROUND', date '2025-01-04', 100::decimal(28, 8), 2.0, null)
) as t (account_id, symbol, value_date, cumulative_position, avg_cost_per_share, close_price);

create table main_metrics.value_at_risk as
select
    *, 1 as horizon_days, 250::integer as observation_count, 250::integer as window_days,
    var_amount / 1000 as var_pct, es_amount / 1000 as es_pct, 'ok' as status
from (values
    ('firm', 'firm', date '2025-01-02', 1.0, 1.0),
    ('firm', 'firm', date '2025-01-03', 4012.688, 5000.0),
    ('desk', 'rates', date '2025-01-03', 3.0, 4.0), ('account', 'A1', date '2025-01-03', 5.0, 6.0),
    ('account', 'A2', date '2025-01-04', 7.0, 8.0)
) as t (scope_type, scope_id, value_date, var_amount, es_amount)
cross join (values ('historical_realized'), ('historical_simulation')) as methods (method)
cross join (values (95.0::double), (97.5), (99.0)) as confidences (confidence_pct);

create table main_metrics.stress_test_outcomes as
select *, if(scenario_id = 'mild', 60.5, 0.0) as unshocked_pct,
    if(scenario_id = 'mild', 'not_covered', 'ok') as status
from (values
    ('mild', 'firm', 'firm', date '2025-01-03', 'Mild rain', 'hypothetical', -10.0, -1.0, false),
    ('storm', 'firm', 'firm', date '2025-01-03', 'Storm of 1703', 'replay', -70000.0, -23.33, true),
    ('storm', 'firm', 'firm', date '2025-01-02', 'Storm of 1703', 'replay', -1.0, -1.0, true),
    ('storm', 'account', 'A1', date '2025-01-03', 'Storm of 1703', 'replay', -5.0, -1.0, true)
) as t (
    scenario_id, scope_type, scope_id, value_date, scenario_name, scenario_kind, pnl_amount,
    pnl_pct, is_fallback
);

create table main_metrics.scope_returns as
from (values
    ('account', 'A1', date '2025-01-03', 0.5), ('firm', 'firm', date '2025-01-03', 0.25)
) as t (scope_type, scope_id, value_date, daily_return_pct);

create table main_metrics.scope_drawdown as
from (values ('firm', 'firm', date '2025-01-03', -1.5, -9.25))
as t (scope_type, scope_id, value_date, drawdown_pct, max_drawdown_pct);

create table main_metrics.scope_volatility as
from (values ('firm', 'firm', date '2025-01-03', 12.5))
as t (scope_type, scope_id, value_date, annualized_volatility_pct);

create table main_metrics.performance_summary as
from (values
    ('account', 'A1', 1.0, null, null, null, null, null, 0.0, 2),
    ('firm', 'firm', 10.333, 5.0, 4.0, 1.056, 1.65, 0.85, -5.93, 1502)
) as t (
    scope_type, scope_id, total_return_pct, cagr_pct, annualized_volatility_pct, sharpe_ratio,
    sortino_ratio, calmar_ratio, max_drawdown_pct, observation_count
);
"""
TABLES = re.findall(r"create table (\S+)", WORLD)


@pytest.fixture
def world(database: Path, passed_build: PassedBuild) -> Path:
    """A small world, built and published without any dbt."""
    passed_build(1)
    with databases.connection(database) as connection:
        connection.execute(WORLD.replace("HOSTILE", HOSTILE))
    publish(database)
    return database


def table(of: Report, title: str) -> ReportTable:
    """The one table with that beginning of its title."""
    (found,) = [table for table in of.tables if table.title.startswith(title)]
    return found


def rows(of: Report, title: str) -> list[dict[str, str]]:
    """The rows of a table by heading."""
    found = table(of, title)
    assert len(set(found.names)) == len(found.names), "each heading stands once"
    return [dict(zip(found.names, row, strict=True)) for row in found.rows]


# ---------------------------------------------------------------- words


def risk(
    status: str = "ok",
    scope: tuple[str, str] = ("firm", "firm"),
    *,
    days: int = 250,
    var: float | None = 4012.69,
    pct: float | None = 1.2,
    es: float | None = 4061.36,
) -> str:
    """The sentence about one scope."""
    return Risk(*scope, "USD", status, days, 250, var, pct, es).sentence()


def test_risk_is_said_in_a_sentence() -> None:
    assert risk() == (
        "We are 99 % confident that the firm loses no more than 4,012.69 USD (1.20 %) by the next"
        " trading day; in the worst 1 % it loses 4,061.36 USD on average."
    )
    assert risk(scope=("desk", "rates")).startswith("We are 99 % confident that desk rates loses")


def test_a_sentence_says_what_is_doubtful_or_unknown() -> None:
    assert "no more than 4,012.69 USD by the" in risk("no_capital", pct=None)
    assert "gains at least 5.00 USD (0.10 %)" in risk(var=-5, pct=-0.1, es=2)
    assert "in the worst 1 % it gains 2.00 USD" in risk(var=-5, pct=-0.1, es=-2)
    assert risk("insufficient_history", days=12, var=None, pct=None, es=None) == (
        "What the firm could lose by the next trading day cannot be said yet: too few days of"
        " history (12)."
    )
    assert "prices of other symbols" in risk("short_history", var=None, pct=None, es=None)
    assert "never moved" in risk("constant", var=None, pct=None, es=None)
    assert "holds no positions" in risk("no_positions", var=0, pct=0, es=0)
    assert "holds no positions" in risk("no_capital", days=0, var=0, pct=None, es=0)


@pytest.mark.parametrize("status", ["short_window", "thin_tail", "no_capital"])
def test_no_confidence_is_claimed_on_few_observations(status: str) -> None:
    assert risk(status, days=40) == (
        "Based on only 40 days, too few to be 99 % confident: on the worst of them the firm would"
        " have lost 4,012.69 USD (1.20 %)."
    )
    assert risk(status, days=249) == (
        "Based on only 249 days, too few to be 99 % confident: on 99 % of them the firm would have"
        " lost no more than 4,012.69 USD (1.20 %); on the others it would have lost 4,061.36 USD on"
        " average."
    )
    assert "would have gained 5.00 USD (0.10 %)." in risk(status, days=99, var=-5, pct=-0.1, es=-2)
    gains = risk(status, days=100, var=-5, pct=-0.1, es=-2)
    assert "gained at least 5.00 USD (0.10 %); on the others it would have gained 2.00 USD" in gains


def test_it_says_as_of_when_it_is_and_whether_that_is_old(world: Path) -> None:
    def second_line(today: str) -> str:
        return list(report(world, clock=lambda: datetime.fromisoformat(today)).opening())[1]

    assert second_line("2025-01-11T23:00") == "As of 2025-01-04, the last day with a price"
    assert second_line("2025-01-12T01:00") == (
        "As of 2025-01-04, the last day with a price; this is 8 days old"
    )


def test_the_summary_has_a_sentence_for_each_scope_and_the_firm_first(world: Path) -> None:
    names = [
        re.sub(r".* that (.*) loses no more than ([\d,.]+ \w+) .*", r"\1 \2", sentence)
        for sentence in report(world).summary
    ]
    assert names == [
        "the firm 4,012.69 USD", "desk rates 3.00 USD", "account A1 5.00 EUR",
        "account A2 7.00 USD",
    ]  # fmt: skip


# ---------------------------------------------------------------- tables


def test_value_and_pnl_are_those_of_each_scopes_own_last_day(world: Path) -> None:
    found = rows(report(world), "Value and P&L")
    assert [(row["scope"], row["name"], row["day"]) for row in found] == [
        ("firm", "", "2025-01-03"),
        ("desk", "rates", "2025-01-03"),
        ("account", "A1", "2025-01-03"),
        ("account", "A2", "2025-01-04"),
    ]
    assert [(row["P&L of day"], row["P&L to date"]) for row in found] == [
        ("1,010.01", "1,110.01"),
        ("20.00", "20.00"),
        ("10.00", "11.00"),
        ("0.00", ""),  # a flow that has no rate leaves what came of it unknown
    ]
    assert found[2]["total value"] == "410.00"
    assert found[2]["currency"] == "EUR"


def test_var_stands_in_one_table_simulation_first_and_99_first(world: Path) -> None:
    found = rows(report(world), "Value at risk")
    assert [(row["name"], row["method"], row["confidence"]) for row in found[:7]] == [
        ("", "historical_simulation", "99 %"),
        ("", "historical_simulation", "97.5 %"),
        ("", "historical_simulation", "95 %"),
        ("", "historical_realized", "99 %"),
        ("", "historical_realized", "97.5 %"),
        ("", "historical_realized", "95 %"),
        ("rates", "historical_simulation", "99 %"),
    ]
    first = found[0]
    assert (first["VaR amount"], first["VaR %"]) == ("4,012.69", "4.01 %")
    assert (first["ES amount"], first["ES %"]) == ("5,000.00", "5.00 %")
    assert (first["observations"], first["status"]) == ("250", "ok")
    assert {row["name"]: row["currency"] for row in found}["A1"] == "EUR"


def test_the_worst_scenario_of_the_firm_comes_first(world: Path) -> None:
    found = rows(report(world), "Stress tests")
    worst, other = found
    assert (worst["scenario"], worst["assumed"]) == ("Storm of 1703", "yes")
    assert (worst["P&L amount"], worst["P&L %"]) == ("-70,000.00", "-23.33 %")
    assert (other["scenario"], other["assumed"]) == ("Mild rain", "no")
    assert [(row["not shocked"], row["status"]) for row in found] == [
        ("0.00 %", "ok"), ("60.50 %", "not_covered"),
    ]  # fmt: skip
    assert worst["currency"] == "USD"


def test_the_largest_positions_are_those_still_held(world: Path) -> None:
    found = rows(report(world), "Largest positions")
    assert [(row["symbol"], row["quantity"], row["market value"]) for row in found] == [
        ("SHORT", "-3,000", "-12,000.00"),
        (HOSTILE, "1,000.5", "4,002.00"),
        ("ROUND", "100", ""),
    ]
    assert found[0]["stale days"] == "3"
    assert [(row["price currency"], row["currency"]) for row in found] == [
        ("GBP", "EUR"), ("GBP", "EUR"), ("GBP", "USD"),
    ]  # fmt: skip


def test_returns_performance_freshness_and_the_build_are_told(
    call: Call, world: Path, tmp_path: Path
) -> None:
    found = report(world)
    assert rows(found, "Return, drawdown")[0] == {
        "scope": "firm", "name": "", "day": "2025-01-03", "daily return": "0.25 %",
        "drawdown": "-1.50 %", "max drawdown": "-9.25 %", "volatility": "12.50 %",
    }  # fmt: skip
    firm, account = rows(found, "Performance")
    assert (firm["CAGR"], firm["sharpe ratio"], firm["observations"]) == ("5.00 %", "1.06", "1,502")
    assert (account["name"], account["sharpe ratio"]) == ("A1", "")
    assert rows(found, "The build") == [
        {
            "finished": "2026-01-02 00:00:00", "status": "passed", "models built": "1",
            "tests passed": "2", "tests warned": "0", "tests failed": "0",
        }
    ]  # fmt: skip

    prices = tmp_path / "prices.csv"
    prices.write_text("symbol,date,close\nAAPL,2025-01-02,1\nAAPL,2025-01-03,1\nAAPL,x,1\n")
    call("ingest", "prices", prices)
    publish(world)
    trades, fresh, cash = rows(report(world), "Freshness")
    assert trades["rows"] == cash["rows"] == "0"
    assert (fresh["data"], fresh["rows"], fresh["quarantined"]) == ("prices", "2", "1")
    assert fresh["last event"] == "2025-01-03 00:00:00"


def test_numbers_stand_at_the_right_and_words_at_the_left(world: Path) -> None:
    words = {
        "scope", "name", "day", "currency", "price currency", "method", "status", "scenario",
        "kind", "assumed", "account", "symbol", "data", "last event", "last load", "finished",
    }  # fmt: skip
    for found in report(world).tables:
        left = {name for name, right in zip(found.names, found.right, strict=True) if not right}
        assert left <= words, found.title
        assert words.isdisjoint(set(found.names) - left), found.title


@pytest.mark.usefixtures("world")
def test_on_a_terminal_it_begins_with_the_summary(call: Call) -> None:
    called = call("report")
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[0] == "Portfolio risk report"
    assert lines[2].startswith("Published version 2")
    assert lines[3].startswith("As of 2025-01-04, the last day with a price; this is ")
    assert lines[4].startswith("We are 99 % confident that the firm loses no more than 4,012.69")
    assert HOSTILE in called.out
    assert "no rows yet" not in called.out


def test_an_empty_warehouse_says_so(call: Call, world: Path) -> None:
    with databases.connection(world) as connection:
        for name in TABLES:
            connection.execute(f"delete from {name}")  # noqa: S608 - names of our own
    publish(world)
    called = call("report")
    assert called.code == 0
    assert "There are no risk figures yet." in called.out
    assert called.out.count("no rows yet") == 6


@pytest.mark.parametrize("missing", TABLES)
def test_a_version_without_a_table_is_1_and_names_it(call: Call, world: Path, missing: str) -> None:
    with databases.connection(world) as connection:
        connection.execute(f"drop table {missing}")
    publish(world)
    called = call("report")
    assert (called.code, called.out) == (1, "")
    assert missing.split(".")[1] in called.error
    assert "warehouse build" in called.error


def test_the_whole_report_is_of_one_version(world: Path) -> None:
    with open_published(world) as reader:
        version, connection = reader.pinned()
        assert publish(world) != version
        assert connection.execute("from main.answer").fetchall() == [(1,)]
        newer, _ = reader.pinned()
        assert newer > version


# ---------------------------------------------------------------- the page


class _Page(html.parser.HTMLParser):
    """What a browser would show, and of what it is made."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data.strip())


def test_the_page_holds_everything_escaped_and_needs_no_other_file(
    call: Call, world: Path, tmp_path: Path
) -> None:
    file = tmp_path / "new folder" / "report.html"
    called = call("report", "--html", file)
    assert (called.code, called.out) == (0, f"the report is in {file}\n")
    content = file.read_text("utf-8")
    page = _Page()
    page.feed(content)
    assert page.tags == {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "thead",
        "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert page.attributes == {"lang", "charset", "name", "content", "class"}
    assert not re.search(r"https?:|//|url\(|@import|javascript", content)
    for shown in (*report(world).opening(), HOSTILE, "4,012.69", "VaR %", "Storm of 1703"):
        assert shown in page.text


@pytest.mark.usefixtures("world")
def test_the_page_is_written_whole_or_not_at_all(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pages" / "report.html"
    file.parent.mkdir()
    file.write_text("the one before")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("infra.writing.os.fsync", full_disk)
        called = call("report", "--html", file)
    assert called.code == 1
    assert called.error == f"error: {file}: cannot be written (No space left on device)"
    assert [path.name for path in file.parent.iterdir()] == ["report.html"]
    assert file.read_text() == "the one before"

    assert call("report", "--html", file).code == 0
    assert file.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.usefixtures("world")
def test_what_is_no_place_for_the_page_is_2(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (tmp_path / "a file").write_text("")
    for place in (folder, tmp_path / "a file" / "report.html"):
        called = call("report", "--html", place)
        assert called.code == 2
        assert str(place) in called.error
    assert list(folder.iterdir()) == []
