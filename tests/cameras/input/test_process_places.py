"""Places for processes: as many as there are, each given back, and no home takes all."""

import pytest

from curtilage.cameras.input.process_places import ProcessPlaces
from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.config import Config
from curtilage.wire.identifier import HomeId

ROSE, BIRCH, ELM = HomeId("rose"), HomeId("birch"), HomeId("elm")


def places() -> ProcessPlaces:
    return ProcessPlaces(Config(source_processes_count_max=3, source_processes_per_home_count_max=2))


def refusal(of: ProcessPlaces, home: HomeId) -> str:
    with pytest.raises(SourceError) as refused, of.of(home).taken():
        pass
    assert refused.value.problem is SourceProblem.TOO_MANY
    return refused.value.detail


def test_a_home_takes_its_own_places_and_leaves_the_others() -> None:
    all_places = places()
    with all_places.of(ROSE).taken():
        with all_places.of(ROSE).taken():
            assert "source_processes_per_home_count_max" in refusal(all_places, ROSE)
            with all_places.of(BIRCH).taken():
                assert "source_processes_count_max" in refusal(all_places, ELM)
        with all_places.of(ROSE).taken():
            pass


def test_a_place_is_given_back_whatever_happened() -> None:
    all_places = places()
    for _ in range(5):
        with pytest.raises(ValueError, match="x"), all_places.of(ROSE).taken():
            raise ValueError("x")
