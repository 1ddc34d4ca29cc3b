"""The risk report: what a reader finds in it, in words and in tables."""

import html.parser
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from infra.orchestration.publishing import open_published
from infra.reading.report import Report, environment, report
from producer.common import database as databases
from tests.infra.conftest import Call
from tests.infra.handmade import publish

PassedBuild = Callable[[int], None]

HOSTILE = '<b>&"x'

# What the models of dbt/models/reports say of two accounts of one desk. A2 is valued around the
# clock: its last day is a Saturday. Rows do not stand in their order.
WORLD = """
create schema main_reports;

create table main_reports.report_scopes as
from (values
    (4, 'account', 'A2', 'A2', date '2025-01-04', 'USD', 500.0, 500.0, 0.0, 0.0, null::double,
        null::double, null::double, null::double, null::double,
        null::double, null::double, null::double, null::double, null::double, null::double,
        null::double, null::integer),
    (1, 'firm', 'firm', null, date '2025-01-03', 'USD', 300000.005, 100000.0, 200000.005,
        1010.01, 1110.01, 0.25, -1.5, -9.25, 12.5,
        10.333, 5.0, 4.0, 1.056, 1.65, 0.85, -5.93, 1502),
    (2, 'desk', 'rates', 'rates', date '2025-01-03', 'USD', 300000.005, 100000.0, 200000.005,
        20.0, 20.0, null, null, null, null, null, null, null, null, null, null, null, null),
    (3, 'account', 'A1', 'A1', date '2025-01-03', 'EUR', 410.0, 100.0, 310.0, 10.0, 11.0,
        0.5, 0.0, 0.0, null, 1.0, null, null, null, null, null, 0.0, 2)
) as t (
    display_order, scope_type, scope_id, scope_name, value_date, currency, total_value,
    cash_balance, positions_value, daily_pnl, pnl_to_date, daily_return_pct, drawdown_pct,
    max_drawdown_pct, annualized_volatility_pct, total_return_pct, cagr_pct,
    volatility_since_inception_pct, sharpe_ratio, sortino_ratio, calmar_ratio,
    max_drawdown_of_returns_pct, observation_count
);

create table main_reports.report_missing_rates (
    display_order integer, currency_pair varchar, first_missing_date date, last_missing_date date
);

create table main_reports.report_value_at_risk as
select
    *, 250::integer as observation_count, 250::integer as window_days,
    var_amount / 1000 as var_pct, es_amount / 1000 as es_pct, 'ok' as status,
    place * 10 - confidence_pct / 100 + if(method = 'historical_realized', 1, 0) as display_order
from (values
    (4, 'account', 'A2', 'A2', date '2025-01-04', 'USD', 7.0, 8.0),
    (1, 'firm', 'firm', null, date '2025-01-03', 'USD', 4012.688, 5000.0),
    (2, 'desk', 'rates', 'rates', date '2025-01-03', 'USD', 3.0, 4.0),
    (3, 'account', 'A1', 'A1', date '2025-01-03', 'EUR', 5.0, 6.0)
) as t (place, scope_type, scope_id, scope_name, value_date, currency, var_amount, es_amount)
cross join (values ('historical_realized'), ('historical_simulation')) as methods (method)
cross join (values (95.0::double), (97.5), (99.0)) as confidences (confidence_pct);

create table main_reports.report_stress_tests as
select *, 'USD' as currency, date '2025-01-03' as value_date
from (values
    (2, 'Mild rain', 'hypothetical', -10.0, -1.0, 60.5, false, 'not_covered'),
    (1, 'Storm of 1703', 'replay', -70000.0, -23.33, 0.0, true, 'ok')
) as t (
    display_order, scenario_name, scenario_kind, pnl_amount, pnl_pct, unshocked_pct, is_fallback,
    status
);

create table main_reports.report_largest_positions as
select
    *, close_price * cumulative_position as market_value, 0.5 as unrealized_pnl, 3 as stale_days,
    2.0 as avg_cost_per_share, 'GBP' as price_currency, 'USD' as firm_currency,
    if(close_price is null, 'GBP/USD', null) as missing_rate, 1.5 * market_value as firm_value
from (values
    (2, 'A1', 'HOSTILE', date '2025-01-03', 'EUR', 1000.5::decimal(28, 8), 4.0),
    (1, 'A1', 'SHORT', date '2025-01-03', 'EUR', -3000::decimal(28, 8), 4.0),
    (3, 'A2', 'ROUND', date '2025-01-04', 'USD', 100::decimal(28, 8), null)
) as t (
    display_order, account_id, symbol, value_date, base_currency, cumulative_position, close_price
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


class _Page(html.parser.HTMLParser):
    """What a browser would show, and of what it is made."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.paragraphs: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        """Headings and rows by title."""
        self.right: dict[str, list[bool]] = {}
        """Which columns stand at the right."""
        self._tag = ""
        self._title = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self._tag = tag
        if tag == "tr":
            self.tables[self._title].append([])
            self.right[self._title] = []
        elif tag in ("th", "td"):
            self.tables[self._title][-1].append("")
            self.right[self._title].append(("class", "right") in attrs)

    def handle_endtag(self, _: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        self.text.append(data.strip())
        if self._tag == "h2":
            self._title = data
            self.tables[data] = []
        elif self._tag == "p" and not self._title:
            self.paragraphs.append(data)
        elif self._tag in ("th", "td"):
            self.tables[self._title][-1][-1] += data


def paragraphs(of: Report) -> list[str]:
    """What stands above the tables."""
    return _Page(of.page()).paragraphs


def rows(of: Report, title: str) -> list[dict[str, str]]:
    """The rows by heading of the one table with that beginning of its title."""
    (found,) = [lines for name, lines in _Page(of.page()).tables.items() if name.startswith(title)]
    headings, *below = found
    assert len(set(headings)) == len(headings), "each heading stands once"
    return [dict(zip(headings, line, strict=True)) for line in below]


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
    row = dict(zip(("scope_type", "scope_id"), scope, strict=True)) | {
        "currency": "USD", "status": status, "observation_count": days, "window_days": 250,
        "var_amount": var, "var_pct": pct, "es_amount": es,
    }  # fmt: skip
    template = environment(is_page=False).get_template("sentence.j2")
    sentence: Callable[[object], str] = template.module.sentence  # type: ignore[attr-defined]
    return sentence(row)


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
        return paragraphs(report(world, clock=lambda: datetime.fromisoformat(today)))[1]

    as_of = (
        "As of 2025-01-03, the last trading day of the firm; what is valued around the clock is as"
        " of 2025-01-04"
    )
    assert second_line("2025-01-10T23:00") == as_of
    assert second_line("2025-01-11T01:00") == f"{as_of}; this is 8 days old"
    with databases.connection(world) as connection:
        connection.execute("update main_reports.report_scopes set value_date = '2025-01-03'")
    publish(world)
    assert second_line("2025-01-10T23:00") == "As of 2025-01-03, the last day with a price"


def test_a_rate_that_leaves_figures_blank_is_named(world: Path) -> None:
    with databases.connection(world) as connection:
        connection.execute("""
            insert into main_reports.report_missing_rates values
                (2, 'NOK/USD', '2024-03-01', '2024-03-04'),
                (1, 'EUR/USD', '2024-02-05', '2025-01-03')
        """)
    publish(world)
    assert paragraphs(report(world))[2:4] == [
        "No rate EUR/USD since 2024-02-05: what needs it is blank",
        "No rate NOK/USD from 2024-03-01 to 2024-03-04: what needs it is blank",
    ]


def test_figures_that_need_a_longer_history_say_so(world: Path) -> None:
    assert (
        "CAGR and Calmar are blank before 90 days, volatility and ratios before 30 returns."
        in report(world).text()
    )


def test_the_summary_has_a_sentence_for_each_scope_and_the_firm_first(world: Path) -> None:
    names = [
        re.sub(r".* that (.*) loses no more than ([\d,.]+ \w+) .*", r"\1 \2", sentence)
        for sentence in paragraphs(report(world))[2:]
    ]
    assert names == [
        "the firm 4,012.69 USD", "desk rates 3.00 USD", "account A1 5.00 EUR",
        "account A2 7.00 USD",
    ]  # fmt: skip


# ---------------------------------------------------------------- tables


def test_value_and_pnl_stand_with_the_day_and_currency_of_the_scope(world: Path) -> None:
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


def test_the_largest_positions_stand_in_their_order(world: Path) -> None:
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
    assert [(row["firm currency"], row["value to the firm"], row["no rate"]) for row in found] == [
        ("USD", "-18,000.00", ""), ("USD", "6,003.00", ""), ("USD", "", "GBP/USD"),
    ]  # fmt: skip


def test_returns_performance_freshness_and_the_build_are_shown(
    call: Call, world: Path, tmp_path: Path
) -> None:
    found = report(world)
    assert rows(found, "Return, drawdown")[0] == {
        "scope": "firm", "name": "", "day": "2025-01-03", "daily return": "0.25 %",
        "drawdown": "-1.50 %", "max drawdown": "-9.25 %", "volatility": "12.50 %",
    }  # fmt: skip
    firm, _, account, _ = rows(found, "Performance")
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


def test_of_the_quarantine_only_open_rows_count_as_in_the_status(
    call: Call, world: Path, tmp_path: Path
) -> None:
    def quarantined() -> dict[str, str]:
        publish(world)
        return {row["data"]: row["quarantined"] for row in rows(report(world), "Freshness")}

    bad = tmp_path / "bad.csv"
    bad.write_text("symbol,date,close\nAAPL,2025-01-02,x\nMSFT,2025-01-02,x\nJPM,x,1\n")
    assert call("ingest", "prices", bad).code == 3
    assert quarantined() == {"trades": "0", "prices": "3", "cash events": "0"}

    corrected = tmp_path / "corrected.csv"
    corrected.write_text("symbol,date,close\nAAPL,2025-01-02,1\n")
    assert call("ingest", "prices", corrected).code == 0
    assert quarantined()["prices"] == "2", "a row loaded since is open no more"

    with databases.connection(world, read_only=True) as connection:
        (batch,) = connection.execute(
            "select distinct batch_id from main.raw_quarantine"
        ).fetchall()[0]
    assert call("quarantine", "resolve", batch, "--note", "not ours").code == 0
    assert quarantined()["prices"] == "0"
    assert "quarantine is empty" in call("status").out


def test_numbers_stand_at_the_right_and_words_at_the_left(world: Path) -> None:
    words = {
        "scope", "name", "day", "currency", "price currency", "method", "status", "scenario",
        "kind", "assumed", "account", "symbol", "data", "last event", "last load", "finished",
        "firm currency", "no rate",
    }  # fmt: skip
    page = _Page(report(world).page())
    assert len(page.tables) == 8
    for title, (headings, *_) in page.tables.items():
        at_right = dict(zip(headings, page.right[title], strict=True))
        left = {heading for heading, right in at_right.items() if not right}
        assert left <= words, title
        assert words.isdisjoint(set(headings) - left), title


@pytest.mark.usefixtures("world")
def test_on_a_terminal_it_begins_with_the_summary(call: Call) -> None:
    called = call("report")
    assert (called.code, called.err) == (0, "")
    lines = called.out.splitlines()
    assert lines[0] == "Portfolio risk report"
    assert lines[2].startswith("Published version 2")
    assert lines[3].startswith("As of 2025-01-03, the last trading day of the firm; ")
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


def test_the_page_holds_everything_escaped_and_needs_no_other_file(
    call: Call, world: Path, tmp_path: Path
) -> None:
    file = tmp_path / "new folder" / "report.html"
    called = call("report", "--html", file)
    assert (called.code, called.out) == (0, f"the report is in {file}\n")
    content = file.read_text("utf-8")
    page = _Page(content)
    assert page.tags == {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "table", "thead",
        "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert page.attributes == {"lang", "charset", "name", "content", "class"}
    assert not re.search(r"https?:|//|url\(|@import|javascript", content)
    for shown in (*paragraphs(report(world)), HOSTILE, "4,012.69", "VaR %", "Storm of 1703"):
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
