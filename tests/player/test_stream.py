"""The page's streaming connection on a network that goes away: another one is tried beside it, one of them stays."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.player.workbench import workbench

pytestmark = pytest.mark.browser
# A server of the page's own: each connection is held open and speaks when the steps say so.
_RUN = """async (steps) => {
  const made = [], asked = [], lost = [];
  const octets = (type, text) => {
    const payload = new TextEncoder().encode(text);
    const record = new Uint8Array(9 + payload.length);
    new DataView(record.buffer).setUint32(0, 5 + payload.length);
    record[4] = type;
    record.set(payload, 9);
    return record;
  };
  globalThis.fetch = (path, options) => {
    if (path.endsWith("/streams")) {
      const link = { aborted: false };
      made.push(link);
      return new Promise((done, failed) => {
        options.signal.addEventListener("abort", () => {
          link.aborted = true;
          failed(new Error("aborted"));
          link.close?.();
        });
        link.answer = () => done(new Response(new ReadableStream({ start(body) {
          link.speak = (record) => body.enqueue(record);
          link.close = () => body.error(new Error("aborted"));
        } })));
        link.refuse = () => done(new Response("", { status: 503 }));
      });
    }
    asked.push(path);
    return Promise.resolve(new Response(JSON.stringify({ view: asked.length, now: 0 }), { status: 201 }));
  };
  const { Stream } = await import("/static/player/stream.js");
  const lose = () => lost.push(made.length);
  const view = { request: async () => ({}), opened() {}, lost: lose, record() {}, refused() {} };
  const stream = new Stream("token");
  stream.watch(view);
  stream.open();
  const act = {
    welcome: (at) => { made[at].answer(); made[at].speak(octets(1, JSON.stringify({ stream: "s" + at, now: 0 }))); },
    beat: (at) => made[at].speak(octets(6, "\\0\\0\\0\\0\\0\\0\\0\\0")),
    wait: (ms) => new Promise((done) => setTimeout(done, ms)),
    refuse: (at) => made[at].refuse(),
  };
  for (const [what, given] of steps) { await act[what](given); await act.wait(20); }
  const found = { aborted: made.map((link) => link.aborted), asked, connected: stream.connected, lost: lost.length };
  stream.close();
  return found;
}"""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A workbench each: the page's own fetch is replaced."""
    with workbench(chromium) as made:
        yield made


def _views(*links: int) -> list[str]:
    return [f"/api/v1/streams/s{link}/views" for link in links]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (
            [("welcome", 0), ("wait", 1_000), ("beat", 0), ("wait", 1_000)],
            {"aborted": [False], "asked": _views(0), "connected": True, "lost": 0},
        ),
        (
            [("welcome", 0), ("wait", 2_200), ("welcome", 1), ("wait", 300)],
            {"aborted": [True, False], "asked": _views(0, 1), "connected": True, "lost": 1},
        ),
        (
            [("welcome", 0), ("wait", 2_200), ("beat", 0), ("wait", 500)],
            {"aborted": [False, True], "asked": _views(0), "connected": True, "lost": 0},
        ),
        (
            [("wait", 4_600), ("welcome", 1), ("wait", 100)],
            {"aborted": [True, False], "asked": _views(1), "connected": True, "lost": 0},
        ),
        (
            [("welcome", 0), ("wait", 2_200), ("refuse", 1), ("wait", 100), ("beat", 0), ("wait", 300)],
            {"aborted": [False, True], "asked": _views(0), "connected": True, "lost": 0},
        ),
    ],
    ids=[
        "a beat is enough",
        "the new one speaks first",
        "the old one speaks first",
        "no answer",
        "a no to the new one",
    ],
)
def test_after_a_silence_whichever_speaks_first_stays(
    page: Page, steps: list[tuple[str, int]], expected: dict[str, Any]
) -> None:
    assert page.evaluate(_RUN, steps) == expected
