"""The command line: reads arguments and settings, runs one command, ends with a documented exit code.

It holds no rule of any room: whatever a command does, the API does. Errors come out as one or two sentences on standard
error, without a traceback and without anything secret that was typed.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

import uvloop

from curtilage.cli.arguments import make_parser
from curtilage.cli.asked import Asked
from curtilage.cli.choose import NoSuch
from curtilage.cli.client import open_client
from curtilage.cli.commands import COMMANDS
from curtilage.cli.exit_code import Alarmed, Answered, ExitCode, Unreachable, of_status
from curtilage.config import Config
from curtilage.errors import Blame, CurtilageError, PersonError
from curtilage.settings import load

_SERVING: Mapping[str, str] = {"public_name": "PUBLIC_NAME", "listen": "LISTEN_ADDRESS", "plain_lan": "PLAIN_LAN"}
"""Arguments of ``serve`` that are settings too."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    typed = make_parser().parse_args(arguments)
    try:
        _check_letters(typed)
        config = _config(typed)
        return uvloop.run(_run(typed, config))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except CurtilageError as error:
        if isinstance(error, Alarmed):
            print(error.shown, flush=True)
        print(f"curtilage: {error}", file=sys.stderr)
        return code_of(error)
    except BrokenPipeError:
        # Whoever read our output (head, less) has enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK


def _check_letters(typed: argparse.Namespace) -> None:
    """Raises PersonError for bytes that are no text: they could be neither stored nor shown."""
    if any("\udc80" <= letter <= "\udcff" for text in vars(typed).values() if isinstance(text, str) for letter in text):
        raise PersonError("What was typed is not text in UTF-8.", do="Look at the terminal's character set.")


def code_of(error: CurtilageError) -> ExitCode:
    """Which exit code an error is."""
    if isinstance(error, Answered):
        return of_status(error.status)
    if isinstance(error, Alarmed):
        return ExitCode.ALARM
    if isinstance(error, Unreachable) or _is_taken(error):
        return ExitCode.UNREACHABLE
    if isinstance(error, NoSuch):
        return ExitCode.REFUSED
    return ExitCode.USAGE if error.blame is Blame.PERSON else ExitCode.FAILED


async def _run(typed: argparse.Namespace, config: Config) -> ExitCode:
    if typed.noun in ("serve", "demo"):
        await _serve(typed.noun, config)
        return ExitCode.OK
    command = COMMANDS[typed.noun, getattr(typed, "verb", None)]
    # A folder that was mistyped is not made: only making a home begins something.
    may_begin = (typed.noun, getattr(typed, "verb", None)) == ("home", "create")
    async with open_client(config, may_begin=may_begin) as client:
        wait_s = config.rtsp_connect_s + config.rtsp_reply_s
        text = await command(Asked(client, typed, datetime.now().astimezone(), wait_s))
    print(text, flush=True)
    return ExitCode.OK


async def _serve(noun: str, config: Config) -> None:
    from curtilage.cli import demo, serve  # noqa: PLC0415 -- only here: a second of imports that no question needs

    await (serve.serve(config) if noun == "serve" else demo.demo(config))


def _is_taken(error: CurtilageError) -> bool:
    from curtilage.main import taken  # noqa: PLC0415 -- as above

    return taken(error)


def _config(typed: argparse.Namespace) -> Config:
    environment = dict(os.environ)
    port = getattr(typed, "port", None)
    if port is not None:
        environment["CURTILAGE_PORT"] = str(port)
    for name, setting in _SERVING.items():
        value = getattr(typed, name, None)
        if value:
            environment[f"CURTILAGE_{setting}"] = str(value).lower() if isinstance(value, bool) else value
    if typed.data is not None:
        environment["CURTILAGE_DATA_FOLDER"] = str(typed.data)
    return load(typed.config, environment)


if __name__ == "__main__":
    sys.exit(main())
