"""The certificate as JSON."""

from pathlib import Path

from tests.web.house import House, in_house


def test_who_is_signed_in_sees_it_and_the_operator_renews_it(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        _, session = await house.home("Rose house", "Alma")
        person, operator = house.browser(session), house.operator()
        shown = (await person.ask("GET", "/api/v1/certificate")).json()
        assert shown["origin"] == "https://rose.home.arpa:8443"
        assert shown["install_address"] == "http://rose.home.arpa:8481/"
        assert shown["renewed_ms"] < shown["not_after_ms"]
        assert shown["problem"] == ""
        assert (await person.ask("POST", "/api/v1/certificate/renew")).status == 403
        renewed = (await operator.ask("POST", "/api/v1/certificate/renew")).json()
        assert renewed["fingerprint"] != shown["fingerprint"]
        assert renewed["root_fingerprint"] == shown["root_fingerprint"]

    in_house(tmp_path, main, public_name="rose.home.arpa")


def test_without_a_public_name_it_says_what_to_set(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        answer = await house.operator().ask("GET", "/api/v1/certificate")
        assert answer.status == 409
        assert "public_name" in answer.json()["do"]
        assert not house.parts.config.authority_file.exists()

    in_house(tmp_path, main)


def test_files_that_cannot_be_used_are_told_to_the_operator(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        answer = await house.operator().ask("POST", "/api/v1/certificate/renew")
        assert answer.status == 400
        assert "cannot be read" in answer.json()["detail"]
        assert "cannot be read" in (await house.operator().ask("GET", "/api/v1/certificate")).json()["problem"]

    files = {"certificate_file": str(tmp_path / "none.pem"), "certificate_key_file": str(tmp_path / "none.key")}
    in_house(tmp_path, main, public_name="rose.home.arpa", **files)
