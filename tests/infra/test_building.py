"""Building: what is reported, what is published, what is not."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from infra.orchestration.build_log import last_build
from infra.orchestration.building import BuildResult, publish_again
from infra.orchestration.dbt_run import DbtFailed, Progress, run_dbt, run_dbt_once
from infra.orchestration.paths import DBT_PROJECT
from infra.orchestration.publishing import (
    NotPublishable,
    PublishedVersions,
    open_published,
    refuse_unless_passed,
)
from producer.common import database as databases

Build = Callable[..., BuildResult]
Load = Callable[..., None]


@pytest.mark.usefixtures("own_import_of_dbt")
def test_a_build_whose_tests_fail_leaves_the_last_good_version(
    database: Path, load: Load, build_tiny: Build, versions: PublishedVersions
) -> None:
    load(1, 2)
    seen: list[Progress] = []
    first = build_tiny(watcher=seen.append)
    assert first.is_passed
    assert (first.built_count, first.tests_passed) == (2, 2)
    ended = [progress for progress in seen if progress.status != "started"]
    assert {progress.total for progress in seen} == {len(ended)} == {4}
    assert {progress.kind for progress in ended} == {"seed", "model", "test"}

    with open_published(database) as reader:
        read = "select number from main.doubled order by number"
        assert reader.execute(read).fetchall() == [(1,), (2,)]

        load(7, 7, 7, None)
        failed = build_tiny()

        assert not failed.is_passed
        assert failed.version is None
        assert list(failed.error_lines()) == [
            "test unique_doubled_number failed on 1 row",
            "    unique_field=7, n_records=3",
        ]
        assert "test not_null_doubled_twice warns on 1 row" in failed.report_lines()
        assert versions.current() == first.version
        assert reader.execute(read).fetchall() == [(1,), (2,)]
        with pytest.raises(NotPublishable, match="unique_field=7"):
            refuse_unless_passed(database)


def test_booking_exceptions_are_counted_and_the_call_that_lists_them_is_named(
    load: Load, build_tiny: Build, project: Path
) -> None:
    load(1)
    assert "booking exceptions:" not in build_tiny().report_lines()
    (project / "models" / "fact_booking_exceptions.sql").write_text(
        "{{ config(schema='facts', materialized='table') }}"
        " select * from (values ('trade', 'price far off'), ('account', 'nobody described it'),"
        " ('trade', 'price far off'), ('cash_event', 'one leg')) as t (record_type, reason)"
    )
    assert list(build_tiny().report_lines())[1:6] == [
        "booking exceptions:",
        "    trade: 2 price far off",
        "    account: 1 nobody described it",
        "    cash event: 1 one leg",
        '  they are listed by: warehouse query "select * from main_facts.fact_booking_exceptions"',
    ]
    assert not any("exceptions" in line for line in build_tiny(select="doubled").report_lines())


def test_exceptions_that_are_not_published_are_not_said_to_be_listed_yet(
    load: Load, build_tiny: Build, project: Path
) -> None:
    (project / "models" / "fact_booking_exceptions.sql").write_text(
        "{{ config(schema='facts', materialized='table') }}"
        " select 'trade' as record_type, 'far' as reason"
    )
    load(7, 7)
    failed = build_tiny()
    assert failed.version is None
    lines = list(failed.report_lines())
    assert "    trade: 1 far" in lines
    assert (
        "  they are listed once a build is published by:"
        ' warehouse query "select * from main_facts.fact_booking_exceptions"'
    ) in lines


@pytest.mark.parametrize("model", ["fact_booking_exceptions", "fact_missing_fx_rates"])
def test_a_table_that_was_built_and_cannot_be_read_is_no_failure(
    load: Load, build_tiny: Build, project: Path, model: str
) -> None:
    load(1)
    (project / "models" / f"{model}.sql").write_text(
        "{{ config(schema='facts') }} select 1 as other_column"
    )
    result = build_tiny()
    assert result.is_passed
    assert (result.exceptions, result.missing_rates) == ((), ())


def test_a_build_ends_with_the_rates_that_are_missing(
    load: Load, build_tiny: Build, project: Path
) -> None:
    load(1)
    (project / "models" / "fact_missing_fx_rates.sql").write_text(
        "{{ config(schema='facts') }} select 'EUR' as base_currency, 'USD' as quote_currency,"
        " date '2024-02-05' as first_missing_date, date '2024-02-07' as last_missing_date,"
        " 3 as missing_days"
    )
    result = build_tiny()
    assert result.is_passed
    *_, published, last = result.report_lines()
    assert published == f"published version {result.version}"
    assert last.startswith("missing rate EUR/USD from 2024-02-05 to 2024-02-07 (3 days)")


def test_publishing_again_tests_again(
    database: Path, load: Load, build_tiny: Build, project: Path, versions: PublishedVersions
) -> None:
    """Whoever changes a table by hand after the build does not get it published."""
    load(1)
    first = build_tiny()
    assert publish_again(database, project=project).version == versions.current() != first.version
    load(7, 7, 7)
    result = publish_again(database, project=project)
    assert not result.is_passed
    assert "unique_doubled_number" in "\n".join(result.error_lines())
    assert versions.current() != result.version


def test_a_build_of_a_part_never_publishes(
    database: Path, load: Load, build_tiny: Build, versions: PublishedVersions
) -> None:
    load(1)
    result = build_tiny(select="doubled")
    assert result.is_passed
    assert result.version is None
    assert versions.current() is None
    with pytest.raises(NotPublishable, match="of a part only"):
        refuse_unless_passed(database)


def test_a_model_that_cannot_be_built_is_named_with_its_reason(
    database: Path, load: Load, build_tiny: Build, project: Path
) -> None:
    load(1)
    (project / "models" / "broken.sql").write_text(
        "select no_such_column from {{ ref('doubled') }}"
    )
    result = build_tiny()
    assert not result.is_passed
    assert "no_such_column" in "\n".join(result.error_lines())
    assert next(result.error_lines()).startswith("model broken failed: ")
    with databases.connection(database, read_only=True) as connection:
        logged = last_build(connection)
    assert logged is not None
    assert logged.status == "failed"
    assert logged.error == "\n".join(result.error_lines())


def test_a_project_that_cannot_be_read_is_a_failed_build(
    database: Path, build_tiny: Build, project: Path, versions: PublishedVersions
) -> None:
    (project / "models" / "broken.sql").write_text("select * from {{ ref('no_such_model') }}")
    result = build_tiny()
    assert not result.is_passed
    assert "no_such_model" in "\n".join(result.error_lines())
    assert versions.current() is None
    with pytest.raises(NotPublishable, match="no_such_model"):
        refuse_unless_passed(database)


@pytest.mark.usefixtures("own_import_of_dbt")
def test_the_database_is_held_from_dbts_end_to_the_end_of_the_copy(
    database: Path, load: Load, project: Path
) -> None:
    load(1)
    write = f"import duckdb; duckdb.connect({str(database)!r})"
    with run_dbt(["seed"], database=database, project=project) as run:
        assert run.outcome.is_success
        stranger = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", write], capture_output=True, text=True, check=False
        )
        assert "lock" in stranger.stderr
        assert run.execute("select 1 as one, ? as given", ["x"]) == [{"one": 1, "given": "x"}]
        with pytest.raises(DbtFailed, match="no_such_table"):
            run.execute("select * from no_such_table")
    duckdb.connect(database).close()


def test_dbt_and_readers_take_no_more_memory_than_we_do(
    database: Path, load: Load, build_tiny: Build, project: Path
) -> None:
    """Under the profile of the real project."""
    profile = (DBT_PROJECT / "profiles.yml").read_text("utf-8")
    (project / "profiles.yml").write_text(profile.replace("portfolio_risk:", "tiny:"), "utf-8")
    load(1)
    limit = "select current_setting('memory_limit') as memory_limit"
    with databases.connection(database) as connection:
        ours = connection.execute(limit).fetchall()
    with run_dbt(["seed"], database=database, project=project) as run:
        assert [tuple(row.values()) for row in run.execute(limit)] == ours
    build_tiny()
    with open_published(database) as reader:
        assert reader.execute(limit).fetchall() == ours


def test_descriptions_are_comments_of_what_is_published(
    database: Path, load: Load, build_tiny: Build
) -> None:
    load(1)
    build_tiny()
    with open_published(database) as reader:
        assert reader.execute(
            """
            select table_name, '' as column_name, comment from duckdb_tables()
            where comment is not null
            union all
            select view_name, '', comment from duckdb_views() where comment is not null
            union all
            select table_name, column_name, comment from duckdb_columns()
            where comment is not null
            order by all
            """
        ).fetchall() == [
            ("doubled", "", "Numbers; one row per 'number'."),
            ("doubled", "number", "The number."),
            ("numbers", "", "What was loaded."),
        ]


@pytest.mark.usefixtures("own_import_of_dbt")
def test_a_run_that_fails_says_why(database: Path, project: Path) -> None:
    with pytest.raises(DbtFailed, match=r"[Nn]o such (command|option)"):
        run_dbt_once(["no-such-command"], database=database, project=project)
