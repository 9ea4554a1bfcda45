"""What the laws share: the sample calls of all operations, run once for all workers."""

import pickle
from pathlib import Path

import pytest

from tests.conftest import once_for_all_workers
from tests.laws.observe import Call, observe


@pytest.fixture(scope="session")
def calls(tmp_path_factory) -> list[Call]:
    """What was seen of each sample call."""
    folder = once_for_all_workers("laws", tmp_path_factory, _observe)
    return pickle.loads((folder / "calls").read_bytes())


def _observe(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "calls").write_bytes(pickle.dumps(observe()))
