"""What may be typed. One table of commands; ``--help`` and docs/cli.md say the same."""

import argparse
from pathlib import Path

from curtilage import __version__
from curtilage.cli.exit_code import table

_EPILOGUE = "Exit codes:\n" + table()


def make_parser() -> argparse.ArgumentParser:
    """Every command with its arguments."""
    parser = argparse.ArgumentParser(
        prog="curtilage",
        description="A private device cloud: a home's cameras on that home's own screens, and on nobody else's.",
        epilog=_EPILOGUE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"curtilage {__version__}")
    _add_global(parser, default=None)
    nouns = parser.add_subparsers(dest="noun", metavar="COMMAND", required=True)
    _add_running(nouns)
    _add_home(nouns)
    _add_person(nouns)
    _add_account(nouns)
    _add_camera(nouns)
    _add_grant(nouns)
    _add_display(nouns)
    _add_certificate(nouns)
    activity = nouns.add_parser("activity", help="what happened in a home, newest first")
    activity.add_argument("--count", type=int, default=50, metavar="N", help="how many entries (50)")
    activity.add_argument("--before", type=int, metavar="POSITION", help="only entries before this position")
    instead = activity.add_mutually_exclusive_group()
    instead.add_argument(
        "--checkpoint", action="store_true", help="the signed checkpoint instead, to be kept elsewhere"
    )
    instead.add_argument("--key", action="store_true", help="the key instead that checkpoints and receipts verify with")
    _add_global(activity)
    return parser


_Nouns = argparse._SubParsersAction  # noqa: SLF001 -- argparse gives this type no public name


def _add_global(parser: argparse.ArgumentParser, default: object = argparse.SUPPRESS) -> None:
    """Allowed before and after the command; SUPPRESS keeps the inner one from undoing the outer."""
    shared = parser.add_argument_group("for every command")
    shared.add_argument("--config", type=Path, metavar="FILE", default=default, help="settings (TOML)")
    shared.add_argument("--data", type=Path, metavar="FOLDER", default=default, help="the data folder")
    shared.add_argument("--home", metavar="NAME", default=default, help="which home, when there are several")
    json_default: object = False if default is None else default
    shared.add_argument("--json", action="store_true", default=json_default, help="print JSON, for programs")


def _verbs(nouns: "_Nouns[argparse.ArgumentParser]", noun: str, words: str) -> "_Nouns[argparse.ArgumentParser]":
    parser = nouns.add_parser(noun, help=words)
    return parser.add_subparsers(dest="verb", metavar="VERB", required=True)


def _verb(verbs: "_Nouns[argparse.ArgumentParser]", verb: str, words: str, *names: str) -> argparse.ArgumentParser:
    parser = verbs.add_parser(verb, help=words)
    for name in names:
        parser.add_argument(name.lower(), metavar=name)
    _add_global(parser)
    return parser


def _add_running(nouns: "_Nouns[argparse.ArgumentParser]") -> None:
    serve = nouns.add_parser("serve", help="run the server until Ctrl-C")
    demo = nouns.add_parser("demo", help="run two homes with simulated cameras in a throw-away folder until Ctrl-C")
    for parser in (serve, demo):
        parser.add_argument("--port", type=int, metavar="PORT", help="TCP port on localhost")
        _add_global(parser)
    serve.add_argument("--public-name", metavar="NAME", help="serve other machines too, by HTTPS under this one name")
    serve.add_argument("--listen", metavar="ADDRESS", help="IP address to listen on, 0.0.0.0 for all; needs that name")
    serve.add_argument("--plain-lan", action="store_true", help="serve displays without HTTPS too (read docs/https.md)")


def _add_home(nouns: "_Nouns[argparse.ArgumentParser]") -> None:
    verbs = _verbs(nouns, "home", "homes of this server")
    _verb(verbs, "create", "make a home; prints the set-up code of its first owner", "NAME")
    _verb(verbs, "code", "another set-up code, when the first was lost; it makes an owner", "NAME")
    _verb(verbs, "list", "all homes")


def _add_person(nouns: "_Nouns[argparse.ArgumentParser]") -> None:
    verbs = _verbs(nouns, "person", "persons of a home")
    add = _verb(verbs, "add", "invite a person; prints the joining code", "NAME")
    add.add_argument("--owner", action="store_true", help="as an owner, not as a member")
    _verb(verbs, "list", "all persons of the home")
    _verb(verbs, "remove", "end a membership and its grants", "NAME")
    _verb(verbs, "code", "a new one-time code: to sign in, or to join", "NAME")


def _add_account(nouns: "_Nouns[argparse.ArgumentParser]") -> None:
    verbs = _verbs(nouns, "account", "what signs in")
    _verb(verbs, "close", "destroy an account: it leaves every home, its name and password are gone", "NAME")


def _add_camera(nouns: "_Nouns[argparse.ArgumentParser]") -> None:
    verbs = _verbs(nouns, "camera", "cameras of a home")
    add = _verb(
        verbs,
        "add",
        "add a camera: rtsp://user:pass@192.0.2.10/stream1, onvif://user:pass@192.0.2.10, or - to type it",
        "NAME",
        "ADDRESS",
    )
    add.add_argument("--sub", default="", metavar="ADDRESS", help="its smaller stream, shown while the network is poor")
    _verb(verbs, "find", "search this network for cameras (ONVIF)")
    _verb(verbs, "list", "all cameras of the home")
    status = _verb(verbs, "status", "how a camera is, or all of them")
    status.add_argument("name", metavar="NAME", nargs="?")
    _verb(verbs, "remove", "remove a camera and end its grants", "NAME")
    _verb(verbs, "trust", "know a camera under TLS by this key: sha256:…, as its status shows it", "NAME", "KEY")
    sound = _verb(
        verbs, "sound", "receive what a camera's microphone hears, or no longer; off until you say on", "NAME"
    )
    sound.add_argument("switch", choices=("on", "off"))
    _verb(verbs, "unlock", "show a locked camera again, once there is disk space", "NAME")


def _add_grant(nouns: "_Nouns[argparse.ArgumentParser]") -> None:
    verbs = _verbs(nouns, "grant", "who may see what, until when")
    make = _verb(verbs, "make", "let a person see a camera", "PERSON", "CAMERA")
    make.add_argument(
        "--until",
        metavar="WHEN",
        help="2026-12-24T18:00 (this machine's time), or 90m, 12h, 7d from now; else until revoked",
    )
    _verb(verbs, "list", "all live grants of the home")
    revoke = _verb(verbs, "revoke", "end a grant at once: by its id, or by person and camera", "PERSON")
    revoke.add_argument("camera", metavar="CAMERA", nargs="?")


def _add_certificate(nouns: "_Nouns[argparse.ArgumentParser]") -> None:
    verbs = _verbs(nouns, "certificate", "what other machines know this server by")
    _verb(verbs, "show", "until when it lasts, and the fingerprint to compare on each device")
    _verb(verbs, "renew", "a new one at once, or the given files read anew; connections go on")


def _add_display(nouns: "_Nouns[argparse.ArgumentParser]") -> None:
    verbs = _verbs(nouns, "display", "tablets, TVs and old phones that show cameras")
    pair = _verb(verbs, "pair", "let the display in that shows this code", "CODE")
    pair.add_argument("--name", required=True, metavar="NAME", help="what you call it")
    pair.add_argument(
        "--camera",
        required=True,
        action="append",
        metavar="CAMERA",
        help="what it may show; say it once for each camera",
    )
    pair.add_argument("--until", metavar="WHEN", help="as for a grant; else until it is unpaired")
    _verb(verbs, "list", "all displays of the home")
    _verb(verbs, "wake", "make a dimmed display show its cameras", "NAME")
    _verb(verbs, "remove", "unpair a display: its grants end at once", "NAME")
