"""hls.js in a page of ours: it plays a camera's LL-HLS address, and every frame's mark is read from what it shows.

The page's policy forbids a worker from a blob and inline scripts; hls.js runs without the one, and Playwright brings it
in past the other.
"""

from playwright.sync_api import Page

from tests.chromium import mark_reader
from tests.web.browser.npm import npm_script

HLS_JS = "hls.js/dist/hls.min.js"
CATCH_UP = "maxLiveSyncPlaybackRate: 1, liveSyncOnStallIncrease: 0.2"
"""hls.js's own settings: leave the pace to the page, and do not stay a second behind after one stall.

hls.js itself hurries only with more than a second buffered, which a player 0.63 s behind the newest part never has.
"""
_PLAYER = """
(() => {
  const readMark = READER;
  const canvas = document.createElement("canvas");
  canvas.width = 1280; canvas.height = 60;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const live = { frames: [], errors: [], dates: [], begun: 0, hls: null, video: null };
  function catchUp() {
    const { video, hls } = live;
    const { buffered } = video;
    const ahead = buffered.length > 0 ? buffered.end(buffered.length - 1) - video.currentTime : 0;
    const late = hls.latency - hls.targetLatency;
    if (late > 0.1 && ahead > 0.4) video.playbackRate = 1.25;
    else if (late < 0.03 || ahead < 0.3) video.playbackRate = 1;
  }
  function frame() {
    const video = live.video;
    if (video === null) return;
    catchUp();
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight / 12, 0, 0, 1280, 60);
    const strip = context.getImageData(0, 0, 1280, 60);
    const mark = readMark({ data: strip.data, width: 1280, height: 720 });
    if (mark !== null) live.frames.push([performance.now(), mark.home, mark.camera, mark.frame, mark.mac]);
    const date = live.hls !== null ? live.hls.playingDate : null;
    if (date !== null) live.dates.push(date.getTime());
    video.requestVideoFrameCallback(frame);
  }
  live.play = async (grant, csrf) => {
    live.frames = []; live.errors = []; live.dates = []; live.begun = performance.now();
    const answer = await fetch("/api/v1/hls", {
      method: "POST", body: JSON.stringify({ grant }),
      headers: { "content-type": "application/json", "x-csrf-token": csrf },
    });
    if (!answer.ok) throw new Error(`the address was refused: ${answer.status}`);
    const { path } = await answer.json();
    live.path = path;
    live.video = document.createElement("video");
    live.video.muted = true;
    live.video.id = "hls";
    live.video.width = 1280; live.video.height = 720;
    document.body.prepend(live.video);
    live.hls = new Hls({ lowLatencyMode: true, enableWorker: false, SETTINGS });
    live.hls.on(Hls.Events.ERROR, (_, told) => live.errors.push([performance.now(), told.details, told.fatal,
                                                              told.response && told.response.code]));
    live.hls.loadSource(path);
    live.hls.attachMedia(live.video);
    live.video.requestVideoFrameCallback(frame);
    live.video.play().catch(() => {});
  };
  live.stop = () => {
    if (live.hls !== null) live.hls.destroy();
    if (live.video !== null) live.video.remove();
    live.hls = live.video = null;
  };
  window.live = live;
})()
"""


def bring_hls(page: Page, settings: str = "") -> None:
    """Makes ``window.live``: ``play(grant, csrf)``, ``stop()``, ``frames``, ``errors``, ``dates`` (the program
    date played with each frame). ``settings``: for hls.js."""
    page.evaluate(npm_script(HLS_JS))
    page.evaluate(_PLAYER.replace("READER", mark_reader()).replace("SETTINGS", settings))
