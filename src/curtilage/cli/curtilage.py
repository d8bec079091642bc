"""The command line: reads arguments and settings, runs one command, ends with a documented exit code.

It holds no rule of any room: whatever a command does, the API does. Errors come out as one or two sentences on standard
error, without a traceback and without anything secret that was typed.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import datetime

import uvloop

from curtilage.cli.arguments import make_parser
from curtilage.cli.choose import NoSuch
from curtilage.cli.client import open_client
from curtilage.cli.commands import COMMANDS, Asked
from curtilage.cli.demo import demo
from curtilage.cli.exit_code import Answered, ExitCode, Unreachable, of_status
from curtilage.cli.serve import serve
from curtilage.config import Config, load
from curtilage.errors import Blame, CurtilageError
from curtilage.main import taken


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    typed = make_parser().parse_args(arguments)
    try:
        config = _config(typed)
        return uvloop.run(_run(typed, config))
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except CurtilageError as error:
        print(f"curtilage: {error}", file=sys.stderr)
        return code_of(error)
    except BrokenPipeError:
        # Whoever read our output (head, less) has enough. Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK


def code_of(error: CurtilageError) -> ExitCode:
    """Which exit code an error is."""
    if isinstance(error, Answered):
        return of_status(error.status)
    if isinstance(error, Unreachable) or taken(error):
        return ExitCode.UNREACHABLE
    if isinstance(error, NoSuch):
        return ExitCode.REFUSED
    return ExitCode.USAGE if error.blame is Blame.PERSON else ExitCode.FAILED


async def _run(typed: argparse.Namespace, config: Config) -> ExitCode:
    if typed.noun == "serve":
        await serve(config)
        return ExitCode.OK
    if typed.noun == "demo":
        await demo(config)
        return ExitCode.OK
    command = COMMANDS[typed.noun, getattr(typed, "verb", None)]
    async with open_client(config) as client:
        wait_s = config.rtsp_connect_s + config.rtsp_reply_s
        text = await command(Asked(client, typed, datetime.now().astimezone(), wait_s))
    print(text)
    return ExitCode.OK


def _config(typed: argparse.Namespace) -> Config:
    environment = dict(os.environ)
    port = getattr(typed, "port", None)
    if port is not None:
        environment["CURTILAGE_PORT"] = str(port)
    if typed.data is not None:
        environment["CURTILAGE_DATA_FOLDER"] = str(typed.data)
    return load(typed.config, environment)


if __name__ == "__main__":
    sys.exit(main())
