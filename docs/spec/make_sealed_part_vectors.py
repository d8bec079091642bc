"""Writes sealed-part.vectors.json: sealed parts and wrapped keys from fixed inputs, good and bad.

Run: ``python docs/spec/make_sealed_part_vectors.py``. HPKE and ECDSA are randomised, so the wrapped keys differ from
run to run and each must open; the sealed parts are always the same.
"""

import base64
import hashlib
import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from curtilage.wire.sealed_part import EpochKey, Kind, PartHeader, Track
from curtilage.wire.view_key import SealerIdentity, ViewPublicKey

STREAM, EPOCH, OTHER, VIEW = (hashlib.sha256(word).digest()[:16] for word in (b"stream", b"epoch", b"other", b"view"))
SECRET = hashlib.sha256(b"epoch key of the vectors").digest()


def scalar(word: bytes) -> ec.EllipticCurvePrivateKey:
    """A fixed private key; for vectors only."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(word).digest(), "big") >> 8, ec.SECP256R1())


def sealed(name: str, header: PartHeader, clear: bytes) -> dict[str, str]:
    """One good part."""
    part = EpochKey(header.stream_id, header.epoch_id, SECRET).seal(header, clear)
    return {"name": name, "outcome": "opens", "clear": clear.hex(), "part": part.octets.hex()}


def touched(name: str, good: dict[str, str], offset: int, outcome: str) -> dict[str, str]:
    """The good part with one bit of byte ``offset`` turned."""
    octets = bytearray.fromhex(good["part"])
    octets[offset] ^= 0x01
    return {"name": name, "outcome": outcome, "clear": "", "part": octets.hex()}


def parts() -> list[dict[str, str]]:
    """All cases of sealed parts."""
    init = sealed("init part", PartHeader(Kind.INIT, Track.MAIN, True, STREAM, EPOCH, 1, 1_000), b"ftyp and moov")
    key = sealed(
        "keyframe", PartHeader(Kind.MEDIA, Track.MAIN, True, STREAM, EPOCH, 2, 1_790_000_000_000), bytes(range(256))
    )
    last = sealed("last sequence", PartHeader(Kind.MEDIA, Track.SUB, False, STREAM, EPOCH, 2**64 - 1, 2**53 - 1), b"")
    return [
        init,
        key,
        last,
        touched("version 0", init, 0, "not a sealed part"),
        touched("kind 3", key, 1, "not a sealed part"),
        touched("other keyframe flag", key, 3, "does not open"),
        touched("other stream id", key, 4, "does not open"),
        touched("other epoch id", key, 20, "does not open"),
        touched("other sequence", key, 43, "does not open"),
        touched("other time", key, 51, "does not open"),
        touched("other ciphertext", key, 52, "does not open"),
        touched("other tag", key, -1, "does not open"),
        {"name": "cut short", "outcome": "not a sealed part", "clear": "", "part": key["part"][: 2 * 67]},
    ]


def wrapped_keys() -> dict[str, object]:
    """One wrapped key, and what must be refused."""
    sealer, view = SealerIdentity(scalar(b"sealer")), scalar(b"the view")
    numbers = view.private_numbers()
    point = ViewPublicKey(
        b"\x04" + numbers.public_numbers.x.to_bytes(32, "big") + numbers.public_numbers.y.to_bytes(32, "big")
    )
    good = sealer.wrap(EpochKey(STREAM, EPOCH, SECRET), Track.MAIN, VIEW, point).encode()
    cases = [("opens", good)]
    cases += [
        (f"bit turned in byte {offset}", _turned(good, offset)) for offset in (0, 25, 40, 60, 69, 75, 140, 200, 246)
    ]
    octets = base64.urlsafe_b64encode(numbers.private_value.to_bytes(32, "big")).rstrip(b"=").decode()
    return {
        "view_private_d": octets,
        "view_point": point.point.hex(),
        "sealer_point": sealer.public_point().hex(),
        "secret": SECRET.hex(),
        "cases": [{"name": name, "key": key.hex()} for name, key in cases],
    }


def _turned(octets: bytes, offset: int) -> bytes:
    changed = bytearray(octets)
    changed[offset] ^= 0x01
    return bytes(changed)


def main() -> None:
    """Write the file beside this script."""
    vectors = {
        "stream_id": STREAM.hex(),
        "epoch_id": EPOCH.hex(),
        "view_id": VIEW.hex(),
        "epoch_key": SECRET.hex(),
        "parts": parts(),
        "wrapped_key": wrapped_keys(),
    }
    file = Path(__file__).with_name("sealed-part.vectors.json")
    file.write_text(json.dumps(vectors, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
