"""A user's files: what is read, and what is said about what is not."""

import hashlib
import io
import json
import os
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from producer.common.database import connection
from producer.common.errors import UnusableFile, UnusableInput
from producer.common.quarantine import quarantine_report
from producer.files import ingest_file
from producer.files.csv_reader import TOO_MANY_FIELDS
from tests.producer.conftest import NOW, Ingest, at, csv_text, fixed, rows_of, trade

HEADER = "trade_id,account_id,symbol,side,quantity,price,executed_at"
GOOD = "T1,ACC001,AAPL,BUY,10,100,2025-01-02"


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def trades(database: Path, columns: str = "trade_id") -> list[tuple[object, ...]]:
    return rows_of(database, f"select {columns} from raw_trades order by source_row")  # noqa: S608 - constants


# ---------------------------------------------------------------- files that cannot be used


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("trades", b"", "the file is empty"),
        ("trades", b"\xef\xbb\xbf\r\n  \n", "the file is empty"),
        ("trades", HEADER.replace(",", ";") + "\n", "line 1: the fields are separated by ';',"),
        ("trades", HEADER.replace(",", "\t") + "\n", "line 1: the fields are separated by a tab,"),
        ("trades", HEADER.replace(",", "|") + "\n", "line 1: the fields are separated by '|',"),
        ("trades", HEADER.encode("utf-16"), "line 1: not UTF-8 (byte 0xff)"),
        ("trades", f"{HEADER}\n{GOOD}\nT2,Zürich,".encode("latin-1"), "line 3: not UTF-8"),
        ("trades", "trade_id,symbol\nT1,AAPL\n",
         "account_id, side, quantity, price, executed_at (it has: trade_id, symbol)"),
        ("prices", "symbol,open\nA,1\n", "missing columns: close or price, date or timestamp"),
        ("prices", "symbol,date,close,CLOSE \n", "the header has close more than once"),
        ("prices", "symbol,date,close,price\n", "'close' and 'price' both mean close"),
        ("prices", "symbol,date,note,note,close\n", "the header has note more than once"),
        ("trades", f'{HEADER}\n{GOOD}\nT2,"ACC,AAPL,BUY,1,1,2025-01-02\n{GOOD}\n',
         "row 2 (line 3): a double quote is not closed"),
        ("trades", f'{HEADER}\nT1,"ACC"001,A,BUY,1,1,2025-01-02\n', "is followed by text"),
        ("trades", '"trade_id,symbol\n', "line 1: the header is no CSV"),
        ("trades", b"PAR1", "truncated or damaged Parquet file"),
        ("trades", parquet(pa.table({"trade_id": ["T1"]}))[:-20], "truncated or damaged Parquet"),
        ("trades", parquet(pa.table({"trade_id": ["T1"]})), "missing columns: account_id, symbol"),
        ("trades", b"\x1f\x8b\x08\x00compressed", "is compressed, not CSV: save it as CSV (UTF-8"),
        ("trades", b"PK\x03\x04\x00\x00", "is an Excel workbook or another archive, not CSV"),
        ("trades", b"\xd0\xcf\x11\xe0\x00", "is an Excel workbook, not CSV: save it as CSV"),
        ("trades", HEADER.replace("symbol", "Ticker").replace("quantity", "Qty") + "\n",
         "Ticker, side, Qty, price, executed_at); rename Ticker to symbol, Qty to quantity?"),
        ("prices", "Symbl,date,close\n", "rename Symbl to symbol?"),
        ("fx_rates", "date,from,to,price\n",
         "rename from to base_currency, to to quote_currency, price to rate?"),
        ("trades", HEADER.encode("utf-16-le"), "line 1: not UTF-8 text (it has NUL bytes)"),
        ("trades", ",".join(f"c{n}" for n in range(99)), "c29 and 69 more)"),
        ("trades", '"trade_id\nx",b\n', r"(it has: trade_id\nx, b)"),
        ("trades", "a,\x1b[31mred,\u202esid\n", r"(it has: a, \x1b[31mred, \u202esid)"),
        ("trades", f"trade_id,{'x' * 5000}\n", f"(it has: trade_id, {'x' * 100}...)"),
    ],
)  # fmt: skip
def test_an_unusable_file_is_named_with_what_is_wrong(
    ingested: Ingest, tmp_path: Path, database: Path, kind: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(UnusableFile) as caught:
        ingested(kind, content, "näme with 'quotes'.csv")

    text = str(caught.value)
    assert text.startswith(f"{tmp_path}/näme with 'quotes'.csv: ")
    assert message in text
    assert "\n" not in text
    assert caught.value.exit_code == 2
    assert not database.exists()


def test_a_path_that_does_not_exist(tmp_path: Path, database: Path) -> None:
    with pytest.raises(UnusableFile, match=r"missing\.csv: there is no such file"):
        ingest_file(tmp_path / "missing.csv", "trades", database=database)


def test_a_folder(tmp_path: Path, database: Path) -> None:
    with pytest.raises(UnusableFile, match="is a folder, not a file"):
        ingest_file(tmp_path, "trades", database=database)


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path: Path, database: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnusableFile, match="is a pipe or a device: save what it gives as a file"):
        ingest_file(tmp_path / "pipe", "trades", database=database)


def test_whatever_a_broken_file_makes_a_library_say_is_said_of_the_file(
    ingested: Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("producer.files.ingest.read_csv", broken)
    with pytest.raises(UnusableFile, match=r"file.*: cannot be read \(too deep\)"):
        ingested("trades", HEADER)


def test_a_file_that_may_not_be_read(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(UnusableFile, match=r"secret\.csv: cannot be read \(.*Permission denied"):
        ingest_file(tmp_path / "secret.csv", "trades", database=database)


def test_an_unknown_kind(tmp_path: Path, database: Path) -> None:
    with pytest.raises(UnusableInput, match=r"unknown kind 'trade': one of trades, cash_events"):
        ingest_file(tmp_path / "t.csv", "trade", database=database)


# ---------------------------------------------------------------- CSV


def test_a_mixed_file_keeps_every_row_once_even_when_loaded_again(
    ingested: Ingest, database: Path
) -> None:
    content = csv_text(
        trade(),
        trade(trade_id="T2", quantity="-5"),
        trade(trade_id="T3"),
        trade(trade_id="T3"),
        trade(trade_id="T3", price="7"),
    )
    first = ingested("trades", content)
    again = ingested("trades", content, "renamed.csv", now=NOW + timedelta(days=1))

    assert (first.loaded, first.repeated, first.quarantined) == (2, 1, 2)
    assert (again.loaded, again.repeated, again.quarantined) == (0, 3, 0)
    assert trades(database) == [("T1",), ("T3",)]
    assert rows_of(database, "select count(*) from raw_quarantine") == [(2,)]
    digest = hashlib.sha256(content.encode()).hexdigest()
    assert rows_of(database, "select content_hash from raw_batches") == [(digest,)]


def test_a_second_file_with_the_same_rows_repeats_them(ingested: Ingest, database: Path) -> None:
    ingested("trades", csv_text(trade()))
    result = ingested("trades", csv_text(trade(), trade(trade_id="T2")))
    assert (result.loaded, result.repeated) == (1, 1)
    assert len(trades(database)) == 2


def test_columns_in_any_order_bom_crlf_quotes_and_unknown_columns(
    ingested: Ingest, database: Path
) -> None:
    content = (
        b"\xef\xbb\xbfPRICE, note ,Symbol,side,quantity,account_id,executed_at,trade_id\r\n"
        b'"1.5","a ""b"", c",AAPL,BUY,1,"ACC\xc3\xa9",2025-01-02,T1\r\n'
    )
    result = ingested("trades", content)
    assert (result.loaded, result.ignored_columns) == (1, ("note",))
    assert trades(database, "trade_id, account_id, price") == [("T1", "ACCé", Decimal("1.5"))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_of_another_width_are_kept_with_their_text(
    ingested: Ingest, database: Path, end: str
) -> None:
    lines = [HEADER, GOOD, "T2,short", GOOD.replace("T1", "T3"), GOOD + ",more", "T5," + GOOD[3:]]
    result = ingested("trades", end.join(lines))

    assert (result.loaded, result.quarantined, result.rows_are_lines) == (3, 2, True)
    assert trades(database, "trade_id, source_row") == [("T1", 1), ("T3", 3), ("T5", 5)]
    with connection(database) as con:
        found = con.execute("select row, row_data from raw_quarantine order by row").fetchall()
        report = quarantine_report(con, result.batch_id, rows_are_lines=True)
    assert found == [(2, "T2,short"), (4, GOOD + ",more")]
    assert [line.split(".csv: ")[1] for line in report] == [
        "row 2 (line 3): the row has 2 fields, the header 7",
        "row 4 (line 5): the row has 8 fields, the header 7" + TOO_MANY_FIELDS,
    ]


def test_a_line_is_named_only_where_it_is_certain(ingested: Ingest, database: Path) -> None:
    bad = GOOD.replace("BUY", "HOLD")
    sure = ingested("trades", f"{HEADER}\n{GOOD}\n{bad}\n", "sure.csv")
    blank = ingested("trades", f"{HEADER}\n\n{GOOD}\n{bad}\n", "blank.csv")
    quoted = ingested("trades", f'{HEADER},note\n{GOOD},"a\nb"\n{bad},\n', "quoted.csv")

    assert [r.rows_are_lines for r in (sure, blank, quoted)] == [True, False, False]
    assert rows_of(database, "select row from raw_quarantine") == [(2,), (2,), (2,)]
    with connection(database) as con:
        reports = [
            quarantine_report(con, r.batch_id, rows_are_lines=r.rows_are_lines)[0].split(": ", 1)
            for r in (sure, blank)
        ]
    assert reports[0][0].endswith("sure.csv")
    assert reports[0][1] == "row 2 (line 3), column side: side must be one of BUY, SELL, got 'HOLD'"
    assert reports[1][1].startswith("row 2, column side: ")


def test_the_report_is_limited(ingested: Ingest, database: Path) -> None:
    result = ingested("trades", csv_text(*[trade(side="?", trade_id=f"T{n}") for n in range(5)]))
    with connection(database) as con:
        assert len(quarantine_report(con, result.batch_id, limit=3)) == 3


def test_blank_rows_are_skipped(ingested: Ingest, database: Path) -> None:
    blank = ["," * 6, " ,\t,,,,,\u00a0", ",,,", '"",""', "   ", ",,,,,,,,,"]
    last = GOOD.replace("T1", "T2")
    result = ingested("trades", "\n".join([HEADER, *blank[:3], GOOD, *blank[3:], last, ""]))

    assert (result.loaded, result.repeated, result.quarantined) == (2, 0, 0)
    assert trades(database, "trade_id, source_row") == [("T1", 4), ("T2", 8)]


def test_a_row_with_one_value_in_a_column_nobody_knows_is_not_blank(ingested: Ingest) -> None:
    assert ingested("trades", f"{HEADER},note\n{GOOD},\n,,,,,,,x\n").quarantined == 1


def test_a_header_alone_is_a_load_of_no_rows(ingested: Ingest, database: Path) -> None:
    result = ingested("trades", HEADER)
    assert (result.loaded, result.repeated, result.quarantined) == (0, 0, 0)
    assert rows_of(database, "select loaded_count from raw_batches") == [(0,)]


def test_a_quoted_value_keeps_commas_quotes_and_line_breaks(
    ingested: Ingest, database: Path
) -> None:
    header = "event_id,account_id,amount,type,timestamp,description"
    ingested("cash_events", f'{header}\nE1,A,1,FEE,2025-01-02,"a, ""b""\r\nc"\n')
    assert rows_of(database, "select description from raw_cash_events") == [('a, "b"\r\nc',)]


def test_empty_and_blank_are_missing(ingested: Ingest, database: Path) -> None:
    ingested("trades", f"{HEADER},fees,currency\n{GOOD},,  \n")
    assert trades(database, "fees, currency") == [(Decimal(0), None)]


def test_words_for_nothing_are_no_numbers(ingested: Ingest, database: Path) -> None:
    result = ingested("trades", f"{HEADER},fees\n{GOOD},NULL\n{GOOD.replace('T1', 'NA')},0\n")
    assert (result.loaded, result.quarantined) == (1, 1)
    assert trades(database) == [("NA",)]


def test_a_file_of_cancels_needs_no_other_columns(ingested: Ingest) -> None:
    assert ingested("trades", "trade_id,event_type,version\nT1,cancel,2\n").loaded == 1
    with pytest.raises(UnusableFile, match="missing columns: account_id"):
        ingested("trades", "trade_id,event_type,version\nT1,CANCEL,2\nT2,NEW,1\n")
    with pytest.raises(UnusableFile, match="missing columns: trade_id"):
        ingested("trades", "event_type,version\nCANCEL,2\n")
    with pytest.raises(UnusableFile, match="missing columns: account_id"):
        ingested("trades", "trade_id,event_type,version\n")


def test_an_export_of_a_raw_table_can_be_loaded(ingested: Ingest, database: Path) -> None:
    content = f"{HEADER},batch_id,source_row\n{GOOD.replace('T1', 'T0')},old,7\n{GOOD},old,8\n"
    result = ingested("trades", content)
    assert result.ignored_columns == ("batch_id", "source_row")
    assert trades(database, "trade_id, source_row") == [("T0", 1), ("T1", 2)]


def test_nameless_columns_are_ignored(ingested: Ingest) -> None:
    result = ingested("trades", f"{HEADER},,\n{GOOD},x,y\n")
    assert (result.loaded, result.ignored_columns) == (1, ("column_8", "column_9"))


def test_what_names_hold_is_no_sql(ingested: Ingest, database: Path) -> None:
    name = "'; drop table raw_trades; -- ünï [a]*?.csv"
    column = '"x""; drop"'
    ingested("trades", f"{HEADER},{column}\n{GOOD},1\n{GOOD.replace('BUY', '?')},2\n", name)
    ((file, row_data),) = rows_of(database, "select file, row_data from raw_quarantine")
    assert file.endswith(name)
    assert json.loads(row_data)['x"; drop'] == "2"
    assert len(trades(database)) == 1


def test_a_long_value_is_kept_whole_and_shown_short(ingested: Ingest, database: Path) -> None:
    long = "9" * 100_000
    ingested("trades", f"{HEADER}\n{GOOD.replace('10,', long + ',')}\n")
    ((reason, row_data),) = rows_of(database, "select reason, row_data from raw_quarantine")
    assert len(reason) < 300
    assert long in row_data


# ---------------------------------------------------------------- Parquet


def test_parquet_types_are_read_for_what_they_mean(ingested: Ingest, database: Path) -> None:
    table = pa.table(
        {
            "trade_id": pa.array([1, 2], pa.int64()),
            "account_id": pa.array(["A", "A"]).dictionary_encode(),
            "symbol": pa.array([b"AAPL", b"AAPL"], pa.binary()),
            "side": pa.array(["BUY", "SELL"], pa.large_string()),
            "quantity": pa.array([0.1, float("nan")], pa.float64()),
            "price": pa.array([Decimal("1.5"), Decimal(2)], pa.decimal256(50, 4)),
            "executed_at": pa.array([at("2025-01-02T10:00")] * 2, pa.timestamp("ns", "UTC")),
            "version": pa.array([1.0, None], pa.float64()),
            "nested": pa.array([[1], [2]]),
        }
    )
    result = ingested("trades", parquet(table), "trades.parquet")

    assert (result.loaded, result.quarantined, result.ignored_columns) == (1, 1, ("nested",))
    columns = "trade_id, account_id, symbol, quantity, price, executed_at"
    assert trades(database, columns) == [
        ("1", "A", "AAPL", Decimal("0.1"), Decimal("1.5"), at("2025-01-02T10:00"))
    ]
    assert rows_of(database, 'select row, "column", reason from raw_quarantine') == [
        (2, "quantity", "quantity is not a number, got 'nan'")
    ]


FAR = 2**62
MOMENTS_AND_FAR_ONES = [
    (pa.timestamp("ms"), 1704196800000, FAR, "is more than 2 days after the load"),
    (pa.timestamp("ms"), 1704196800000, -FAR, "is before"),
    (pa.timestamp("ms", "Asia/Tokyo"), 1704196800000, FAR, "is more than 2 days after the load"),
    (pa.timestamp("us"), 1704196800000000, 2**63 - 1, "is more than 2 days after the load"),
    (pa.timestamp("us", "UTC"), 1704196800000000, FAR, "is more than 2 days after the load"),
    (pa.timestamp("ns"), 1704196800000000000, -(2**63), "is before"),
    (pa.date64(), 1704153600000, FAR, "is more than 2 days after the load"),
    (pa.date32(), 19724, 1_825_487_182, "is more than 2 days after the load"),  # year 5,000,000
    (pa.date32(), 19724, 2**31 - 1, "is more than 2 days after the load"),
]


@pytest.mark.parametrize("is_dictionary", [False, True])
@pytest.mark.parametrize(("kind_of_moment", "near", "far", "reason"), MOMENTS_AND_FAR_ONES)
def test_a_moment_too_far_for_the_database_is_a_bad_row(
    ingested: Ingest,
    database: Path,
    kind_of_moment: pa.DataType,
    near: int,
    far: int,
    reason: str,
    *,
    is_dictionary: bool,
) -> None:
    whole = pa.int32() if kind_of_moment == pa.date32() else pa.int64()
    moments = pa.array([near, far, None], whole).cast(kind_of_moment)
    rows = {name: pa.array([value] * 3) for name, value in trade().items()}
    rows |= {
        "trade_id": pa.array(["near", "far", "none"]),
        "executed_at": moments.dictionary_encode() if is_dictionary else moments,
    }
    result = ingested("trades", parquet(pa.table(rows)), "far.parquet")

    assert (result.loaded, result.quarantined) == (1, 2)
    assert trades(database, "trade_id, executed_at::date::varchar") == [("near", "2024-01-02")]
    reasons = [text for (text,) in rows_of(database, "select reason from raw_quarantine")]
    assert reasons[0].startswith("executed_at ")
    assert reason in reasons[0]
    assert reasons[1] == "executed_at is missing"


def test_blank_rows_of_parquet_are_skipped(ingested: Ingest) -> None:
    rows = {name: pa.array([None, value, ""]) for name, value in trade().items()}
    rows["quantity"] = pa.array([None, 1.0, None])
    result = ingested("trades", parquet(pa.table(rows)), "blank.parquet")
    assert (result.loaded, result.quarantined) == (1, 0)


def test_a_span_of_time_is_no_moment(ingested: Ingest) -> None:
    rows = {name: pa.array([value]) for name, value in trade().items()}
    rows["executed_at"] = pa.array([FAR], pa.duration("s"))
    with pytest.raises(UnusableFile, match=r"executed_at: duration\[s\] is no plain value"):
        ingested("trades", parquet(pa.table(rows)))


@pytest.mark.parametrize("kind_of_number", [pa.int64(), pa.float64()])
def test_parquet_numbers_are_epoch_milliseconds(
    ingested: Ingest, database: Path, kind_of_number: pa.DataType
) -> None:
    numbers = {"ms": 1735812000000, "s": 1735812000, "excel": 45659}
    table = pa.table(
        {name: pa.array([value] * 3) for name, value in trade().items()}
        | {
            "trade_id": pa.array(list(numbers)),
            "executed_at": pa.array(list(numbers.values()), kind_of_number),
        }
    )
    result = ingested("trades", parquet(table), "trades.parquet")

    assert (result.loaded, result.quarantined) == (1, 2)
    assert trades(database, "trade_id, executed_at") == [("ms", at("2025-01-02T10:00"))]
    reasons = rows_of(database, "select reason from raw_quarantine order by row")
    assert ["epoch seconds" in reason for (reason,) in reasons] == [True, False]
    assert "an Excel date: write 2025-01-02T00:00:00Z" in reasons[1][0]


def test_content_decides_and_not_the_name(ingested: Ingest, database: Path) -> None:
    table = pa.Table.from_pylist([trade()])
    assert ingested("trades", parquet(table), "trades.csv").loaded == 1
    assert ingested("trades", csv_text(trade(trade_id="T2")), "trades.parquet").loaded == 1
    assert ingested("trades", csv_text(trade(trade_id="T3")), "trades.unknown").loaded == 1
    assert len(trades(database)) == 3


def test_a_nested_column_is_no_value(ingested: Ingest) -> None:
    table = pa.table({name: [[value]] for name, value in trade().items()})
    with pytest.raises(UnusableFile, match=r"column trade_id: list<.*> is no plain value"):
        ingested("trades", parquet(table))


def test_bytes_that_are_no_text(ingested: Ingest) -> None:
    rows = {name: pa.array([value]) for name, value in trade().items()}
    rows["symbol"] = pa.array([b"\xff"], pa.binary())
    with pytest.raises(UnusableFile, match="column symbol: binary is not text"):
        ingested("trades", parquet(pa.table(rows)))


def test_a_damaged_page(ingested: Ingest) -> None:
    content = bytearray(parquet(pa.Table.from_pylist([trade(trade_id="x" * 500)] * 50)))
    content[4:60] = b"\xff" * 56
    with pytest.raises(UnusableFile, match="truncated or damaged Parquet file"):
        ingested("trades", bytes(content))


# ---------------------------------------------------------------- the transaction


def test_a_file_that_fails_while_landing_leaves_nothing(
    ingested: Ingest, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingested("trades", csv_text(trade()))

    def failing(*_: object, **__: object) -> None:
        raise duckdb.OutOfMemoryException("on purpose")

    monkeypatch.setattr("producer.common.landing._write_batch", failing)
    with pytest.raises(duckdb.OutOfMemoryException):
        ingested("trades", csv_text(trade(trade_id="T2"), trade(side="?")))
    assert trades(database) == [("T1",)]
    assert rows_of(database, "select count(*) from raw_quarantine") == [(0,)]


def test_a_relative_path_is_kept_as_given(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.csv").write_text(csv_text(trade()), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    ingest_file(Path("t.csv"), "trades", database=database, clock=fixed(NOW))
    assert rows_of(database, "select source from raw_batches") == [("t.csv",)]


def test_a_field_of_a_megabyte(ingested: Ingest) -> None:
    assert ingested("trades", f'{HEADER},note\n{GOOD},"{"x" * 1_000_000}"\n').loaded == 1
