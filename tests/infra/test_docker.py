"""The image and its services, read as text, and the health checks, run for real."""

import re
import threading
import tomllib
import urllib.error
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from infra import cli
from infra.docker.health import check
from infra.orchestration.docs_site import docs_server
from infra.orchestration.publishing import PublishedVersions, moment_of
from producer.common.duckdb_writer import DuckDBWriter
from producer.common.errors import UnusableDatabase
from tests.infra.handmade import publish

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "infra" / "docker" / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
NOW = datetime(2025, 6, 2, 15, 0)  # noqa: DTZ001 - naive UTC, as everywhere

each_service = pytest.mark.parametrize("name", SERVICES)


# ---------------------------------------------------------------- services


def test_the_services_are_those_that_are_promised() -> None:
    assert set(SERVICES) == {
        "init", "trade-producer", "price-producer", "cash-producer", "build", "docs",
    }  # fmt: skip


@each_service
def test_all_run_one_image_with_a_fixed_tag(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert SERVICES[name]["image"] == f"{project['name']}:{project['version']}"
    assert (ROOT / SERVICES[name]["build"]["dockerfile"]).is_file()


@each_service
def test_none_has_more_rights_than_its_work_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    # What may be written to: the warehouse, and what is forgotten at the end.
    assert service["volumes"] == ["data:/data"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - the container's own
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "environment"} & set(service)


@each_service
def test_each_has_limits_and_a_health_check(name: str) -> None:
    assert set(SERVICES[name]["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    health = SERVICES[name]["healthcheck"]
    assert health["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= set(health)


def test_only_the_docs_are_reachable_and_only_from_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"docs": ["127.0.0.1:8080:8080"]}


@each_service
def test_all_wait_for_the_database_and_come_back_after_a_crash(name: str) -> None:
    service = SERVICES[name]
    if name == "init":
        assert (service["restart"], service["depends_on"]) == ("no", {})
    else:
        assert service["restart"] == "unless-stopped"
        assert service["depends_on"] == {"init": {"condition": "service_completed_successfully"}}


@each_service
def test_what_is_run_exists(name: str) -> None:
    """Every script, every `warehouse` command and every health check is one there is."""
    service = SERVICES[name]
    commands = set(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]
    words = [*service.get("entrypoint", []), *service.get("command", [])]
    scripts = [word for word in words if word.endswith(".py")]
    called = re.findall(r"warehouse (\w+)", " ".join(words)) or service.get("command", [])[:1]
    assert scripts or called
    assert all((ROOT / script).is_file() for script in scripts)
    assert set(called) <= commands


def test_nothing_in_it_is_a_secret() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8") + DOCKERFILE
    assert not re.search(r"password|secret|token|api_key|credential", text, re.IGNORECASE)


# ---------------------------------------------------------------- the image


def test_the_image_is_of_a_fixed_base_and_installs_what_is_locked() -> None:
    (base,) = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert re.fullmatch(r"python:3\.11[\w.]*-slim-\w+", base)
    assert "pip install --require-hashes --requirement requirements.lock" in DOCKERFILE
    # The code itself brings nothing along that is not locked.
    assert "pip install --no-deps --no-build-isolation" in DOCKERFILE


def test_the_image_ends_as_the_user_of_the_services() -> None:
    assert "--uid 10001" in DOCKERFILE
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE) == ["warehouse"]


def test_what_is_copied_is_there_and_let_through() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        word.removeprefix("./")
        for words in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE)
        for word in words.split()
    }
    assert copied == let_through
    assert all((ROOT / name).exists() for name in copied)


# ---------------------------------------------------------------- health


def _at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


@pytest.mark.parametrize(("seconds_later", "is_well"), [(180, True), (181, False)])
def test_a_producer_is_well_while_its_rows_arrive(
    database: Path,
    seconds_later: int,
    is_well: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    with DuckDBWriter(database, clock=_at(NOW)) as writer:
        writer.write_price({"symbol": "AAPL", "timestamp": NOW, "close": 10})
    later = _at(NOW + timedelta(seconds=seconds_later))
    assert (check(["arriving", "prices", "180"], database, later) is None) is is_well
    assert check(["arriving", "trades", "180"], database, later) == "trades: none yet"


def test_a_producer_is_not_well_before_there_is_a_database(database: Path) -> None:
    with pytest.raises(UnusableDatabase):
        check(["arriving", "prices", "180"], database)
    assert not database.exists()


def test_the_build_is_well_while_what_is_published_is_young(
    database: Path, passed_build: Callable[[int], None], versions: PublishedVersions
) -> None:
    assert check(["published", "60"], database) == "version: none yet"
    passed_build(1)
    published_at = moment_of(publish(database))
    assert check(["published", "60"], database, _at(published_at + timedelta(seconds=60))) is None
    complaint = check(["published", "60"], database, _at(published_at + timedelta(seconds=61)))
    assert complaint == "version: the newest is 61 s old"
    assert versions.current()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a page that is served."""
    page = tmp_path / "page.html"
    page.write_text("docs")
    with docs_server(page, port=0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def test_the_docs_are_well_while_they_are_served(database: Path, served: str) -> None:
    assert check(["served", served], database) is None
    with pytest.raises(urllib.error.URLError):
        check(["served", "http://127.0.0.1:1/"], database)


@pytest.mark.parametrize("arguments", [[], ["arriving", "tirades", "1"], ["served", "file:///x"]])
def test_a_check_that_does_not_exist_is_never_well(database: Path, arguments: list[str]) -> None:
    assert (check(arguments, database) or "").startswith("unknown check")


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "init"])
def test_every_service_asks_for_a_check_that_exists(name: str, database: Path) -> None:
    program, *_, module = SERVICES[name]["healthcheck"]["test"][1:4]
    assert (program, module) == ("python", "infra.docker.health")
    try:
        complaint = check(SERVICES[name]["healthcheck"]["test"][4:], database)
    except (UnusableDatabase, OSError):
        return  # it looked, and nothing is there
    assert complaint == "version: none yet"
