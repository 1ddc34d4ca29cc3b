"""What is installed is locked, hashed, explained, and the same in both lock files."""

import re
import subprocess
import tomllib

import pytest

from tests.house.project import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PYPROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
CONFIG = tomllib.loads(PYPROJECT)


def entries(lock: str) -> dict[str, str]:
    """Name and marker of each pin, with everything that belongs to it."""
    text = (ROOT / lock).read_text("utf-8")
    logical = re.sub(r"\\\n\s*", " ", text)
    lines = [line for line in logical.splitlines() if line and not line.lstrip().startswith("#")]
    return {line.split(" --hash", 1)[0].strip(): line for line in lines}


def name_of(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[._-]+", "-", found[0]).lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_is_exact_and_hashed(lock: str) -> None:
    loose = [
        pin
        for pin, line in entries(lock).items()
        if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", pin) or "--hash=sha256:" not in line
    ]
    assert entries(lock)
    assert loose == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_place_to_download_from(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert re.findall(r"^\s*-(?!-hash)\S+|https?://\S+| @ \S+", text, flags=re.MULTILINE) == []


def test_what_runs_is_what_was_tested() -> None:
    run, dev = (entries(lock) for lock in LOCKS)
    assert sorted(set(run) - set(dev)) == [], "a run dependency is not pinned alike for development"


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        (LOCKS[0], CONFIG["project"]["dependencies"]),
        (LOCKS[1], CONFIG["project"]["optional-dependencies"]["dev"]),
    ],
    ids=LOCKS,
)
def test_every_dependency_is_locked(lock: str, requirements: list[str]) -> None:
    locked = {name_of(pin) for pin in entries(lock)}
    assert [name for name in requirements if name_of(name) not in locked] == []


def test_every_dependency_says_what_it_is_for() -> None:
    blocks = re.findall(
        r"^(?:dependencies|dev) = \[\n(.*?)^\]", PYPROJECT, flags=re.DOTALL | re.MULTILINE
    )
    assert len(blocks) == 2
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    silent = [line.strip() for line in lines if not re.search(r'",\s+# \w.+', line)]
    assert silent == []


def test_uv_is_brought_with_the_hashes_of_the_lock_and_installs_the_rest() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    dockerfile = (ROOT / "infra" / "docker" / "Dockerfile").read_text("utf-8")
    (cut,) = set(re.findall(r"sed -n '(.+)' requirements-dev\.lock", makefile + dockerfile))
    pin = subprocess.run(  # noqa: S603 - what make and docker do
        ["/usr/bin/env", "sed", "-n", cut, "requirements-dev.lock"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert re.fullmatch(r"uv==[\d.]+ \\", pin[0])
    assert all(re.fullmatch(r" +--hash=sha256:\w+ \\", line) for line in pin[1:-1])
    assert re.fullmatch(r" +--hash=sha256:\w+", pin[-1])
    by_pip = re.findall(r"(?<!uv )(?<!\(UV\) )\bpip install (.+)", makefile + dockerfile)
    assert len(by_pip) == 2
    assert all("--require-hashes" in line and "uv.lock" in line for line in by_pip)
