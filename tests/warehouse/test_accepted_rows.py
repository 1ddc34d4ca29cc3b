"""Whatever is accepted can be built: no row that ingest lets in stops everybody's figures."""

from pathlib import Path

import pytest

from tests.warehouse.building import (
    MODELS_AND_DATA_TESTS,
    Workshop,
    fill_from,
    write_files,
)
from tests.warehouse.odd_rows import odd_loads

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 40))]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_accepted_can_be_built(workshop: Workshop, tmp_path: Path, seed: int) -> None:
    loads = odd_loads(seed)
    files = write_files(loads, tmp_path)

    warehouse = workshop.build(f"odd_{seed}", fill_from(files), MODELS_AND_DATA_TESTS)

    assert {node.name: node.message for node in warehouse.outcome.nodes if node.has_failed} == {}
    loaded, refused = warehouse.rows(
        "select sum(loaded_count), sum(quarantined_count) from raw_batches"
    )[0]
    assert loaded > refused
