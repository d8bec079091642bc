"""What a source says when it cannot go on."""

import pytest

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.errors import Blame


@pytest.mark.parametrize("problem", SourceProblem)
def test_an_error_names_its_problem_and_its_detail(problem: SourceProblem) -> None:
    error = SourceError(problem, "it answered 503")
    assert (error.problem, error.detail, error.blame) == (problem, "it answered 503", Blame.PEER)
    assert str(error) == f"{problem.value}: it answered 503"
    assert str(SourceError(problem)) == problem.value
