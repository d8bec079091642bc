"""The OpenAPI document."""

from pathlib import Path

from tests.web.house import House, in_house


def test_the_document_describes_every_operation_once_and_its_problems(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        document = (await house.browser(session).ask("GET", "/api/v1/openapi.json")).json()
        operations = [operation for path in document["paths"].values() for operation in path.values()]
        names = [operation["operationId"] for operation in operations]
        assert len(names) == len(set(names))
        assert "open_stream" in names
        for operation in operations:
            assert "application/problem+json" in operation["responses"]["default"]["content"], operation["operationId"]
            assert "422" not in operation["responses"], operation["operationId"]
        assert "ProblemOutput" in document["components"]["schemas"]

    in_house(tmp_path, main)
