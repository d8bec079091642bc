// One view: what the page may see of one camera through one grant.
//
// Guards: every part is checked (stream, track, known epoch, sequence that increases) and opened here, with a key that
// was wrapped to this very view; the first part that fails a check or does not open ends the view, clears the picture in
// the same turn and is reported. Init parts are no exception. What arrives while a key is on its way is bounded.

import { INIT, decodeHeader, hex, openPart } from "./sealed_part.js";
import { decodeJson, END, KEY, PART, STATE } from "./stream_record.js";
import { decodeWrappedKey, importSealer, makeViewKey, unwrap } from "./view_key.js";
import { Picture } from "./picture.js";

const TRACK = "main";
const EPOCHS_COUNT_MAX = 4;
const OPENING_BYTES_MAX = 16 * 1024 * 1024;

/** A check that failed; `cause` (AlarmCause of cameras/view.py) is what the server's alarm is counted under. */
class Alarm extends Error {
  constructor(cause) {
    super(cause);
    this.cause = cause;
  }
}

export class View {
  #told;
  #key = null;
  #viewId = "";
  #sealer = null;
  #streamId = null;
  #epochs = new Map();
  #sequence = -1n;
  #floor = -1n;
  #run = 0;
  #line = Promise.resolve();
  #openingBytes = 0;
  #epochId = null;
  /** The report under way, if there is one. */
  reported = null;

  /** `told`: opened(reply), frame(timeMs), camera(state), ended(words), alarm(cause), refused(status), lost(), blocked(),
   * undecodable(), size(width, height). `clock.now()` is the server's time. */
  constructor(grant, video, clock, told) {
    this.grant = grant;
    this.clock = clock;
    this.#told = told;
    this.picture = new Picture(video, told);
  }

  /** What to ask the server for; a fresh key each time. */
  async request() {
    this.picture.prepare();
    this.#key = await makeViewKey();
    const resume = this.#epochId === null ? null : { epoch: this.#epochId, sequence: Number(this.#sequence) };
    return { grant: this.grant, key: base64url(this.#key.point), resume };
  }

  /** The server's yes. */
  opened(reply) {
    const continues = this.#streamId === reply.stream_ids[TRACK];
    this.#viewId = reply.view_id;
    this.#streamId = reply.stream_ids[TRACK];
    this.#sealer = importSealer(fromBase64url(reply.sealer));
    this.#epochs.clear();
    this.#floor = continues ? this.#sequence : -1n;
    if (continues) this.picture.expectBurst();
    else this.#begin();
    this.#told.opened(reply);
  }

  /** One record of this view, in the order of arrival. */
  record(type, payload) {
    try {
      if (type === KEY) this.#takeKey(payload);
      else if (type === PART) this.#takePart(payload);
      else if (type === STATE) this.#told.camera(decodeJson(payload));
      else if (type === END) this.#told.ended(decodeJson(payload));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The connection is gone; the picture stays until its age says otherwise. */
  lost() {
    this.#told.lost();
  }

  /** The server's no. */
  refused(status) {
    this.clear();
    this.#told.refused(status);
  }

  /** Nothing of this view remains, neither picture nor key. */
  clear() {
    this.#run += 1;
    this.#epochs.clear();
    this.#key = null;
    this.#streamId = null;
    this.#epochId = null;
    this.#sequence = -1n;
    this.#floor = -1n;
    this.picture.clear();
  }

  #begin() {
    this.#sequence = -1n;
    this.#epochId = null;
    if (this.picture.fed) this.picture.clear();
    this.picture.prepare();
  }

  #takeKey(payload) {
    const wrapped = decodeWrappedKey(payload);
    const mine = wrapped.viewId === this.#viewId && wrapped.streamId === this.#streamId && wrapped.track === TRACK;
    if (!mine) throw new Alarm("bad_key");
    const run = this.#run;
    const mineAlone = this.#key;
    const key = this.#sealer.then((sealer) => unwrap(wrapped, mineAlone, sealer));
    key.catch(() => this.#failIn(run, new Alarm("bad_key")));
    this.#epochs.set(wrapped.epochId, key);
    if (this.#epochs.size > EPOCHS_COUNT_MAX) this.#epochs.delete(this.#epochs.keys().next().value);
  }

  #takePart(payload) {
    const header = headerOf(payload);
    if (header.streamId !== this.#streamId) throw new Alarm("wrong_stream");
    if (header.track !== TRACK) throw new Alarm("wrong_track");
    const key = this.#epochs.get(header.epochId);
    if (key === undefined) throw new Alarm("wrong_epoch");
    if (header.sequence <= this.#floor) return; // replayed to a view that goes on where it was
    if (header.sequence <= this.#sequence) throw new Alarm("stale_sequence");
    const missing = this.#sequence >= 0n && header.sequence !== this.#sequence + 1n;
    this.#floor = -1n;
    this.#sequence = header.sequence;
    this.#epochId = header.epochId;
    this.#open(header, key, payload, missing);
  }

  // Parts are opened side by side (each is a round through another thread) and shown in order.
  #open(header, key, payload, missing) {
    const run = this.#run;
    this.#openingBytes += payload.length;
    if (this.#openingBytes > OPENING_BYTES_MAX) throw new Alarm("does_not_open");
    const opened = key.then((secret) => openPart(secret, payload));
    const before = this.#line;
    this.#line = Promise.all([opened, before]).then(
      ([octets]) => this.#show(run, header, octets, missing),
      () => this.#failIn(run, new Alarm("does_not_open")),
    ).finally(() => {
      this.#openingBytes -= payload.length;
    });
  }

  #show(run, header, octets, missing) {
    if (run !== this.#run) return;
    try {
      if (missing) this.picture.skipToKeyframe();
      if (header.kind === INIT) this.picture.init(octets);
      else this.picture.media(octets, header.timeMs, header.keyframe, this.clock.now() - header.timeMs);
    } catch (error) {
      this.#fail(error);
    }
  }

  #failIn(run, error) {
    if (run === this.#run) this.#fail(error);
  }

  #fail(error) {
    this.clear();
    this.#told.alarm(error instanceof Alarm ? error.cause : "does_not_open");
  }
}

// docs/spec/sealed-part.md §3, 1: what is no sealed part was not this stream's.
function headerOf(payload) {
  try {
    return decodeHeader(payload);
  } catch {
    throw new Alarm("wrong_stream");
  }
}

/** RFC 4648 §5 without padding. */
export function base64url(octets) {
  return btoa(String.fromCharCode(...octets)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
