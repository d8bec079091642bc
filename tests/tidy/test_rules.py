"""Each rule is shown a few lines that break it, and lines that look alike and do not.

A rule that nothing can break guards nothing.
"""

import textwrap

import pytest

from tests.tidy import documents, honesty, mirror, rooms, secrets, shape, state, words
from tests.tidy.source import Rule, Source

_PART = "src/curtilage/cameras/media/part.py"
_TEST = "tests/cameras/media/test_part.py"
_PAGE = "src/curtilage/web/templates/cameras.html"
# In two pieces, so that this file does not break the rules it tests.
_NOQA = "# no" + "qa"
_IGNORE = "# type: ig" + "nore"
_LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 80

BROKEN: tuple[tuple[Rule, str, str], ...] = (
    (rooms.imports_point_down, _PART, "from curtilage.web.app import make_app"),
    (rooms.imports_point_down, _PART, "def f():\n    from curtilage.web import app"),
    (rooms.imports_point_down, "src/curtilage/wire/mark.py", "import curtilage.store.store"),
    (rooms.imports_point_down, "src/curtilage/consent/ledger.py", "from curtilage.home.person import Person"),
    (rooms.imports_point_down, "src/curtilage/cellar/wine.py", ""),
    (rooms.imports_are_absolute, _PART, "from .cache import Cache"),
    (rooms.pure_files_stay_pure, _PART, "import asyncio"),
    (rooms.pure_files_stay_pure, _PART, "from os import urandom"),
    (
        rooms.imports_point_down_inside,
        "src/curtilage/cameras/hls/hls.py",
        "from curtilage.cameras.webrtc.whep import Whep",
    ),
    (rooms.imports_point_down_inside, "src/curtilage/cameras/sealed/cache.py", "import curtilage.cameras.cameras"),
    (rooms.imports_point_down_inside, "src/curtilage/cameras/attic/cache.py", ""),
    (rooms.pure_files_stay_pure, "src/curtilage/cameras/rtsp/rtsp.py", "import time"),
    (rooms.pure_files_stay_pure, _PART, "x = datetime.now()"),
    (rooms.adapters_are_made_in_main, "src/curtilage/web/app.py", "store = SqliteStore.open(folder, config)"),
    (rooms.adapters_are_made_in_main, _PART, "clock = SystemClock()"),
    (shape.files_are_short, _PART, "x = 1\n" * 401),
    (shape.files_are_short, _PART, "# long because: it is a table\n" + "x = 1\n" * 600),
    (shape.functions_are_short, _TEST, _LONG_FUNCTION),
    (shape.names_say_what_is_inside, "src/curtilage/cameras/utils.py", ""),
    (shape.names_say_what_is_inside, "tests/web/test_helpers.py", ""),
    (shape.names_say_what_is_inside, _PART, "class CameraManager:\n    pass"),
    (shape.modules_have_docstrings, _TEST, "x = 1"),
    (shape.modules_have_docstrings, "src/curtilage/cameras/__init__.py", ""),
    (shape.public_names_have_docstrings, _PART, "def part(): ..."),
    (shape.public_names_have_docstrings, _PART, 'class Part:\n    """A part."""\n    def size(self): ...'),
    (secrets.secrets_have_no_repr, _PART, "@dataclass(frozen=True)\nclass A:\n    password: str"),
    (secrets.secrets_have_no_repr, _PART, "@dataclass\nclass A:\n    owner_name: str = field(default='')"),
    (secrets.secrets_have_no_repr, _PART, "class A(BaseModel):\n    token: str"),
    (state.nothing_is_kept_at_module_level, _PART, "shelves = {}"),
    (state.nothing_is_kept_at_module_level, _PART, "SHELVES: dict[str, int] = {}"),
    (state.nothing_is_kept_at_module_level, _PART, "lock = asyncio.Lock()"),
    (state.nothing_is_kept_at_module_level, _PART, "class A:\n    seen = []"),
    (state.nothing_is_kept_at_module_level, _PART, "def f():\n    global x"),
    (state.nothing_is_kept_at_module_level, _PART, "@functools.lru_cache(maxsize=8)\ndef f(): ..."),
    (honesty.nothing_is_put_off, _PART, "# TO" + "DO: later"),
    (honesty.nothing_is_put_off, _TEST, "@pytest.mark.sk" + "ip(reason='slow')"),
    (honesty.nothing_is_put_off, _TEST, "pytest.importor" + "skip('gi')"),
    (honesty.nothing_is_put_off, _TEST, "assert Tr" + "ue"),
    (honesty.exceptions_to_rules_have_reasons, _PART, f"x = 1  {_NOQA}"),
    (honesty.exceptions_to_rules_have_reasons, _PART, f"x = 1  {_NOQA}: S105"),
    (honesty.exceptions_to_rules_have_reasons, _PART, f"x = 1  {_IGNORE}[arg-type]"),
    (honesty.errors_are_not_swallowed, _PART, "try:\n    f()\nexcept Exception:\n    pass"),
    (honesty.errors_are_not_swallowed, _PART, "try:\n    f()\nexcept:\n    ..."),
    (honesty.errors_are_not_swallowed, _PART, "with contextlib.suppress(BaseException):\n    f()"),
    (honesty.only_the_command_line_prints, _PART, "print('x')"),
    (honesty.tests_use_real_parts, _TEST, "from unittest.mock import Mock"),
    (honesty.tests_use_real_parts, _TEST, "def test_x(monkeypatch):\n    monkeypatch.setattr(a, 'b', 1)"),
    (honesty.no_place_of_a_machine, "docs/operations.md", "see /wo" + "rk/main/x"),
    (honesty.no_place_of_a_machine, "lock/base.txt", "--index-url https://py" + "pi.org/simple"),
    (honesty.pages_stay_within_their_policy, _PAGE, '<p style="color: red">'),
    (honesty.pages_stay_within_their_policy, _PAGE, '<button onclick="x()">'),
    (honesty.pages_stay_within_their_policy, _PAGE, '<script src="https://example.org/x.js">'),
    (honesty.pages_stay_within_their_policy, "src/curtilage/web/static/tile.js", "tile.innerHTML = words;"),
    (words.one_word_for_one_thing, "docs/operations.md", "The user logs on."),
    (words.one_word_for_one_thing, "src/curtilage/web/pages/pages.py", "def login_page(): ..."),
    (words.one_word_for_one_thing, "src/curtilage/web/static/tile.js", "const currentUser = 1;"),
    (words.one_word_for_one_thing, "src/curtilage/home/person.py", "tenant_id = 1"),
    (documents.tables_are_whole, "docs/cameras.md", "| A | B |\n|---|---|\n| 1 | 2 |\n\n| 3 | 4 |\n\nText."),
    (documents.tables_are_whole, "docs/cameras.md", "Text.\n| 3 | 4 |\n"),
)

KEPT: tuple[tuple[Rule, str, str], ...] = (
    (rooms.imports_point_down, _PART, "from curtilage.consent.grant import Grant\nfrom curtilage import __version__"),
    (rooms.pure_files_stay_pure, _PART, "import struct\nfrom urllib.parse import quote"),
    (rooms.pure_files_stay_pure, "src/curtilage/clock.py", "import time"),
    (rooms.pure_files_stay_pure, "src/curtilage/web/app.py", "import asyncio"),
    (rooms.adapters_are_made_in_main, "src/curtilage/main.py", "store = SqliteStore.open(folder, config)"),
    (shape.files_are_short, _PART, "# long because: it is a table\n" + "x = 1\n" * 500),
    (shape.functions_are_short, _PART, 'def f():\n    """' + "words\n" * 80 + '    """'),
    (shape.public_names_have_docstrings, _PART, "def _own(): ...\ndef f():\n    '''Words.'''\n    def inner(): ..."),
    (
        secrets.secrets_have_no_repr,
        _PART,
        "@dataclass\nclass A:\n    key: str = field(repr=False)\n    keyframe: bool",
    ),
    (secrets.secrets_have_no_repr, _PART, "@dataclass(repr=False)\nclass A:\n    token: str"),
    (secrets.secrets_have_no_repr, _PART, "class A:\n    token: str"),
    (
        state.nothing_is_kept_at_module_level,
        _PART,
        "A: Mapping[str, int] = {'a': 1}\nB = (1, 2)\nC = frozenset({1})\nD: Final = {}",
    ),
    (state.nothing_is_kept_at_module_level, _PART, "def f():\n    seen = []"),
    (honesty.exceptions_to_rules_have_reasons, _PART, f"x = 1  {_NOQA}: S105 - a problem's name"),
    (honesty.exceptions_to_rules_have_reasons, _PART, f"x = 1  {_IGNORE}[arg-type]  # the stub is wrong"),
    (honesty.errors_are_not_swallowed, _PART, "try:\n    f()\nexcept ValueError:\n    pass"),
    (honesty.only_the_command_line_prints, "src/curtilage/cli/status.py", "print('x')"),
    (honesty.pages_stay_within_their_policy, _PAGE, '<link rel="stylesheet" href="/static/console.css">'),
    (words.one_word_for_one_thing, _PART, "request.headers['user-agent']"),
    (words.one_word_for_one_thing, "src/curtilage/store/wall.py", "SELECT tenant()"),
    (words.one_word_for_one_thing, "docs/operations.md", "Curtilage seals parts; the session token is in a cookie."),
    (documents.tables_are_whole, "docs/cameras.md", "| A | B |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n"),
    (documents.tables_are_whole, "docs/cameras.md", "```\n\n| not a table |\n\n```\n"),
    (documents.tables_are_whole, _PART, "| no document |"),
)


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_a_rule_sees_what_breaks_it(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, textwrap.dedent(text))))


@pytest.mark.parametrize(("rule", "path", "text"), KEPT)
def test_a_rule_lets_pass_what_keeps_it(rule: Rule, path: str, text: str) -> None:
    assert [str(violation) for violation in rule(Source(path, textwrap.dedent(text)))] == []


def test_a_file_that_does_something_needs_a_test() -> None:
    does = Source(_PART, "def f():\n    return 1")
    declares = Source(
        "src/curtilage/cameras/input/source.py",
        "class Source(Protocol):\n    def run(self):\n        '''Run.'''\n        ...",
    )
    assert [violation.path for violation in mirror.files_have_tests([does, declares])] == [_PART]
    assert not list(mirror.files_have_tests([does, declares, Source(_TEST, "")]))
