"""Secrets and personal values never stand in a repr: a traceback, a log line or an assertion would carry them out."""

import ast
import re
from collections.abc import Iterator, Mapping

from tests.tidy.source import Source, Violation, dotted

# fmt: off
_SECRET = frozenset({
    "address", "code", "cookie", "credentials", "csrf", "handle", "key", "keys", "name", "names", "password",
    "sdp", "secret", "token",
})
# fmt: on
"""A field is secret when the last word of its name is one of these and none says that it is public."""

ALLOWED: Mapping[str, str] = {
    "consent/note.py NoteKey.name": "the public name a signed note carries",
    "consent/ledger.py _Tree.key_name": "the public name its signed notes carry",
    "cameras/rtsp/rtsp.py _Redirected.address": "a CameraAddress, which redacts itself",
    "cameras/onvif/onvif_messages.py Profile.token": "ONVIF's word for a profile's name, which opens nothing",
    "cameras/simulated/simulated_scene.py Light.name": "a time of day in a drawing",
    "store/migration.py Migration.name": "the name of a file of this package",
    "cameras/views/view.py View.keys": "the object that delivers keys; it redacts itself",
    "web/pages/pages_frame.py Way.address": "the path of a page",
    "config.py Config.webrtc_turn_name": "this server's name at a TURN server: opens nothing without its secret",
    "config.py Config.listen_address": "where the server listens: a setting, like its port",
    "vault/certificate.py Certificate.names": "what a server's certificate shows to everybody who connects",
    "web/api/api_certificate.py CertificateOutput.install_address": "the address of a page for everybody",
    "web/certificates.py CertificateStatus.install_address": "as above",
    "web/public_place.py PublicPlace.name": "the name in the server's certificate",
    "store/base_table.py BaseTable.name": "a table's name, the same on every machine",
    "store/base_table.py BaseTable.key": "the column of its primary key",
}
"""``path Class.field`` -> why its value may be seen."""

_HARMLESS_TYPES = re.compile(r"\b(bool|int|float|Callable|Type)\b|^Blame$")


def secrets_have_no_repr(source: Source) -> Iterator[Violation]:
    """Dataclass and pydantic fields named like a secret say ``repr=False`` (or the class does)."""
    if not source.in_package:
        return
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and _is_record(node) and not _hides_all(node):
            for field in node.body:
                yield from _check(source, node, field)


def _check(source: Source, owner: ast.ClassDef, field: ast.stmt) -> Iterator[Violation]:
    if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
        return
    name, kind = field.target.id, ast.unparse(field.annotation)
    words = name.lower().strip("_").split("_")
    if words[-1] not in _SECRET or "public" in words or _HARMLESS_TYPES.search(kind) or "SecretStr" in kind:
        return
    hidden = field.value is not None and "repr=False" in ast.unparse(field.value)
    if not hidden and f"{source.package_path} {owner.name}.{name}" not in ALLOWED:
        yield source.violation(
            field.lineno, f"{owner.name}.{name} is shown by repr; field(repr=False), or a reason in ALLOWED"
        )


def _is_record(node: ast.ClassDef) -> bool:
    decorated = any(
        dotted(item.func if isinstance(item, ast.Call) else item).endswith("dataclass") for item in node.decorator_list
    )
    return decorated or any(dotted(base).split(".")[-1] in {"BaseModel", "NamedTuple"} for base in node.bases)


def _hides_all(node: ast.ClassDef) -> bool:
    own_repr = any(isinstance(item, ast.FunctionDef) and item.name == "__repr__" for item in node.body)
    return own_repr or any("repr=False" in ast.unparse(item) for item in node.decorator_list)
