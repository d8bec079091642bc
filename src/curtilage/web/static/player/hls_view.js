// A view by LL-HLS, in a browser that plays it itself (Safari): its own player fetches ciphertext and keys.
//
// Guards: the browser holds some seconds of pictures, so the end of the grant is not left to its next key: one request
// waits for the next pictures all the time, and the server answers it at once when the grant ends. A picture's age is the
// date the playlist gives it. `clear` takes the picture off the screen in the same call.

const API = "/api/v1/hls";
const PAUSE_MS = 250;
const FAILURES_COUNT_MAX = 8;

export class HlsView {
  #video;
  #csrf;
  #told;
  #abort = new AbortController();
  /** The parts of Picture that a player asks of every view. */
  picture = { still: 0, behind: 0, tick: () => this.#tick(), play: () => this.#play() };
  #framesSeen = -1;

  /** `told`: opened(reply), frame(timeMs), closed(), failed(), refused(status), blocked(), size(width, height). */
  constructor(grant, video, csrf, told) {
    this.grant = grant;
    this.#video = video;
    this.#csrf = csrf;
    this.#told = told;
  }

  /** Ask for it. */
  begin() {
    this.#run().catch(() => this.#end("failed"));
  }

  /** Nothing of this view remains. */
  clear() {
    this.#abort.abort();
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  async #run() {
    const headers = { "X-CSRF-Token": this.#csrf, "Content-Type": "application/json" };
    const body = JSON.stringify({ grant: this.grant });
    const reply = await this.#fetch(API, { method: "POST", headers, body });
    if (reply.status !== 201) return this.#end("refused", reply.status);
    const given = await reply.json();
    if (this.#abort.signal.aborted) return undefined;
    this.#told.opened(given);
    this.#show(given.path);
    return this.#waitForTheEnd(given.path.replace("index.m3u8", "main.m3u8"));
  }

  #show(path) {
    const video = this.#video;
    video.addEventListener("error", () => this.#end("failed"));
    video.addEventListener("resize", () => this.#told.size(video.videoWidth, video.videoHeight));
    video.src = path;
    this.#play();
  }

  #play() {
    this.#video.muted = true;
    this.#video.play()?.catch((error) => {
      if (error.name === "NotAllowedError") this.#told.blocked();
    });
  }

  // Called a few times a second.
  #tick() {
    const frames = this.#video.getVideoPlaybackQuality().totalVideoFrames;
    const beganMs = this.#video.getStartDate().getTime();
    if (frames === this.#framesSeen || !(beganMs > 0)) return;
    this.#framesSeen = frames;
    if (frames > 0) this.#told.frame(beganMs + this.#video.currentTime * 1000);
  }

  async #waitForTheEnd(playlist) {
    let failures = 0;
    let number = null;
    while (!this.#abort.signal.aborted) {
      const reply = await this.#fetch(number === null ? playlist : `${playlist}?_HLS_msn=${number}`).catch(() => null);
      if (reply?.status === 404) return this.#end("closed");
      failures = reply?.ok ? 0 : failures + 1;
      if (failures > FAILURES_COUNT_MAX) return this.#end("failed");
      number = reply?.ok ? nextNumber(await reply.text()) : null;
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
    return undefined;
  }

  #end(how, status) {
    if (!this.#abort.signal.aborted) this.#told[how](status);
  }

  #fetch(path, options) {
    return fetch(path, { ...options, cache: "no-store", redirect: "error", signal: this.#abort.signal });
  }
}

/** The media sequence number (RFC 8216bis §4.4.3.2) after those of a playlist; null: it says none. */
export function nextNumber(text) {
  const first = text.match(/^#EXT-X-MEDIA-SEQUENCE:([0-9]{1,15})$/m);
  return first === null ? null : Number(first[1]) + (text.match(/^#EXTINF:/gm)?.length ?? 0);
}
