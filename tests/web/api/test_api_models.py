"""What the API reads is strict, and keeps secrets out of sight."""

import pytest
from pydantic import ValidationError

from curtilage.web.api.api_models import (
    Input,
    NewCameraInput,
    NewCodeInput,
    NewGrantInput,
    NewHomeInput,
    NewPersonInput,
    SetUp,
    SignIn,
)

pytestmark = pytest.mark.slow

SECRETS: list[Input] = [
    SetUp(code="secret-1", account="Alma", password="secret-2"),
    SignIn(account="Alma", password="secret-1"),
    SignIn(code="secret-1"),
    NewCameraInput(name="Porch", address="rtsp://a:secret-1@h/"),
]


@pytest.mark.parametrize("given", SECRETS, ids=lambda given: type(given).__name__)
def test_a_secret_never_stands_in_the_repr(given: Input) -> None:
    assert "secret" not in repr(given)
    assert "secret" not in str(given)


INPUTS: list[type[Input]] = [SetUp, SignIn, NewHomeInput, NewPersonInput, NewCodeInput, NewCameraInput, NewGrantInput]


@pytest.mark.parametrize("kind", INPUTS)
def test_an_unknown_field_is_an_error(kind: type[Input]) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        kind.model_validate({"nobody_knows_this": 1})


@pytest.mark.parametrize("uses", [0, -1, 101, "1", 1.0, True])
def test_uses_of_a_code_are_bounded(uses: object) -> None:
    with pytest.raises(ValidationError):
        NewCodeInput.model_validate({"uses": uses})
