"""Nothing of the machine it was written on is in the project, and nothing is there twice."""

import re

import pytest

from tests.house.project import ROOT, load_yaml, relative, tracked_files

# Written so that this file does not match itself.
NOT_OURS = {
    "a home folder": r"(?<![\w.])/(home/\w|roo[t]/|User[s]/\w)|C:\\\\?User[s]",
    "a path of one machine": r"(?<![\w./-])/wor[k]/",
    "the address of a package registry": (
        r"https?://\S*/simpl[e]\b|pypi\.or[g]|files\.pythonhoste[d]|(?<!no-emit-)index[-]url\b"
    ),
}


@pytest.mark.parametrize("what", NOT_OURS)
def test_no_file_holds(what: str) -> None:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{relative(path)}: {match[0]}" for match in re.finditer(NOT_OURS[what], text)]
    assert found == []


def test_there_is_one_way_to_install() -> None:
    locks = {path.name for path in tracked_files() if re.search(r"\block\b|\.lock$", path.name)}
    assert locks == {"requirements.lock", "requirements-dev.lock"}
    others = {"packages.yml", "dependencies.yml", "setup.py", "setup.cfg", "Pipfile", "tox.ini"}
    assert [relative(path) for path in tracked_files() if path.name in others] == []


def test_commit_hooks_download_nothing() -> None:
    repositories = load_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
    assert {repository["repo"] for repository in repositories} == {"builtin", "local"}
    local = [hook for repo in repositories if repo["repo"] == "local" for hook in repo["hooks"]]
    assert {hook["language"] for hook in local} == {"system"}
    assert all(hook["entry"].startswith(".venv/bin/") for hook in local)


def test_what_the_machine_writes_is_not_in_git() -> None:
    written = [
        relative(path)
        for path in tracked_files()
        if path.suffix in {".duckdb", ".wal", ".pyc", ".log"}
        or (path.is_relative_to(ROOT / "data") and path.name != ".gitkeep")
        or path.is_relative_to(ROOT / "dbt" / "target")
    ]
    assert written == []
