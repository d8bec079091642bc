// A view by WebRTC (docs/whep.md): the server opened the parts, the way to here is encrypted for this page alone.
//
// Guards: the age of a picture comes from the server's word about its part (part_clock.js), a frame without it is not
// called anything. When the pictures stay away, the server is asked whether the view is still there: its goodbye is one
// packet and may be lost. `clear` takes the picture off the screen in the same call.

import { PartClock } from "./part_clock.js";

const API = "/api/v1/whep";
const WATCH_MS = 100;
const ASK_EVERY_MS = 10_000;
// The first words: one may be about a picture that was late.
const OFTEN_COUNT = 4;
const ASK_AGAIN_MS = 1_000;
const SILENCE_MS = 400;
const AGE_MS = 1_000;

export class WhepView {
  #video;
  #clock;
  #csrf;
  #told;
  #times = new PartClock();
  #peer = null;
  #location = null;
  #over = false;
  #watch = 0;
  #askedAt = -Infinity;
  #seenAt = 0;
  #ageMs = 0;
  #asking = false;
  #asksCount = 0;
  /** A report under way. */
  reported = null;
  /** Does a relay carry it? null: not known yet. */
  relayed = null;
  /** The parts of Picture that a player asks of every view. */
  picture = { still: 0, behind: 0, tick() {}, play: () => this.#play() };

  /** `told`: opened(reply), frame(timeMs), closed() (by the server: perhaps the grant ended), failed(),
   * refused(status), blocked(), size(width, height). `clock.now()` is the server's time. */
  constructor(grant, video, clock, csrf, told) {
    this.grant = grant;
    this.#video = video;
    this.#clock = clock;
    this.#csrf = csrf;
    this.#told = told;
  }

  /** Ask for it. */
  begin() {
    this.#connect().catch(() => this.#end("failed"));
  }

  /** Nothing of this view remains. */
  clear() {
    this.#over = true;
    clearInterval(this.#watch);
    this.#video.srcObject = null;
    // The server forgets a view with its connection: a report about it comes first.
    Promise.resolve(this.reported).finally(() => {
      this.#peer?.close();
      this.#leave();
    });
  }

  /** Tell the server why it was cut; it ends it too. */
  report(cause) {
    if (this.#location === null) return Promise.resolve();
    return this.#send("POST", `${this.#location}/alarms`, JSON.stringify({ cause }), "application/json").catch(() => {});
  }

  async #connect() {
    const peer = (this.#peer = new RTCPeerConnection());
    const { receiver } = peer.addTransceiver("video", { direction: "recvonly" });
    receiver.jitterBufferTarget = 0;
    await peer.setLocalDescription();
    const reply = await this.#send("POST", `${API}/${this.grant}`, peer.localDescription.sdp, "application/sdp");
    if (reply.status !== 201) return this.#end("refused", reply.status);
    this.#location = reply.headers.get("location");
    if (this.#over) return this.#leave();
    await peer.setRemoteDescription({ type: "answer", sdp: await reply.text() });
    if (this.#over) return undefined;
    this.#attend(peer, receiver);
    return undefined;
  }

  #attend(peer, receiver) {
    const { transport } = receiver;
    transport.addEventListener("statechange", () => this.#changed(transport.state));
    peer.addEventListener("iceconnectionstatechange", () => peer.iceConnectionState === "failed" && this.#end("failed"));
    this.#video.srcObject = new MediaStream([receiver.track]);
    this.#video.addEventListener("resize", () => this.#told.size(this.#video.videoWidth, this.#video.videoHeight));
    this.#play();
    this.#watchFrames();
    this.#changed(transport.state);
  }

  #play() {
    this.#video.muted = true;
    this.#video.play()?.catch((error) => {
      if (error.name === "NotAllowedError") this.#told.blocked();
    });
  }

  #changed(state) {
    if (this.#over) return;
    if (state === "closed") this.#end("closed");
    else if (state === "failed") this.#end("failed");
    else if (state === "connected" && this.#watch === 0) {
      this.#seenAt = performance.now();
      this.#ask();
      this.#lookAtTheWay();
      this.#watch = setInterval(() => this.#look(), WATCH_MS);
    }
  }

  #watchFrames() {
    const shown = (_now, frame) => {
      if (this.#over) return;
      this.#video.requestVideoFrameCallback(shown);
      if (frame.rtpTimestamp === undefined) return this.#end("refused", 501); // no honest age in this browser
      this.#seenAt = performance.now();
      const timeMs = this.#times.timeOf(frame.rtpTimestamp);
      if (timeMs === null) return undefined;
      this.#ageMs = this.#clock.now() - timeMs;
      return this.#told.frame(timeMs);
    };
    this.#video.requestVideoFrameCallback(shown);
  }

  #look() {
    const now = performance.now();
    const doubtful = now - this.#seenAt > SILENCE_MS || this.#ageMs > AGE_MS || this.#asksCount < OFTEN_COUNT;
    if (now - this.#askedAt > (doubtful ? ASK_AGAIN_MS : ASK_EVERY_MS)) this.#ask();
  }

  // Is the view still there, and what time had its newest picture?
  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    this.#asksCount += 1;
    this.#askedAt = performance.now();
    try {
      const reply = await this.#send("GET", this.#location);
      if (this.#over) return;
      if (reply.status === 404 || reply.status === 401) this.#end("closed");
      else if (reply.ok) this.#heard(await reply.json());
    } catch {
      // the network is away: the pictures' age says so
    } finally {
      this.#asking = false;
    }
  }

  #heard(said) {
    if (this.#over) return;
    if (said.rtp_timestamp === null) this.#askedAt = -Infinity; // nothing sent yet: ask at the next look
    else this.#times.heard(said.rtp_timestamp, said.time_ms);
    this.#told.quality?.(said.quality);
    this.#told.opened(said);
  }

  async #lookAtTheWay() {
    const stats = await this.#peer.getStats();
    const all = [...stats.values()];
    const used = all.find((item) => item.type === "candidate-pair" && item.nominated && item.state === "succeeded");
    const ends = [stats.get(used?.localCandidateId), stats.get(used?.remoteCandidateId)];
    this.relayed = ends.some((end) => end?.candidateType === "relay");
  }

  #end(how, status) {
    if (this.#over) return;
    clearInterval(this.#watch);
    this.#told[how](status);
  }

  #leave() {
    if (this.#location === null) return;
    this.#send("DELETE", this.#location).catch(() => {});
    this.#location = null;
  }

  #send(method, path, body, type) {
    const headers = { "X-CSRF-Token": this.#csrf, ...(type && { "Content-Type": type }) };
    return fetch(path, { method, headers, body, cache: "no-store", redirect: "error", keepalive: method === "DELETE" });
  }
}
