"""Every mutation names a text of the file it names: a stale one would only show in the long run."""

from tests.house.project import DBT
from tests.warehouse.test_mutations import MUTATIONS, Mutation


def stale(mutations: list[Mutation]) -> list[str]:
    """Bugs whose text does not occur in their file as often as they say."""
    return [
        f"{each.bug}: {each.old!r} occurs {found} times in {each.file}, not {each.places}"
        for each in mutations
        for found in [_text_of(each).count(each.old)]
        if found != each.places
    ]


def _text_of(mutation: Mutation) -> str:
    path = DBT / mutation.file
    return path.read_text("utf-8") if path.exists() else ""


def test_every_mutation_finds_its_text() -> None:
    assert stale(MUTATIONS) == []


def test_every_mutation_changes_something() -> None:
    assert [each.bug for each in MUTATIONS if each.old == each.new] == []


def test_the_check_sees_a_stale_text() -> None:
    project, twice = "dbt_project.yml", "a text that occurs twice"
    assert stale([Mutation("a text that is gone", project, "no such text", "")]) == [
        f"a text that is gone: 'no such text' occurs 0 times in {project}, not 1"
    ]
    assert len(stale([Mutation("a file that is gone", "models/no_such.sql", "select", "")])) == 1
    name = (DBT / project).read_text("utf-8").split()[0]
    assert len(stale([Mutation(twice, project, name, "", places=10_000)])) == 1
