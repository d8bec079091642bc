// One view: what the page may see of one camera through one grant.
//
// Guards: every part is checked (stream, track, known epoch, sequence that increases) and opened here, with a key that
// was wrapped to this very view; the first part that fails a check or does not open ends the view, clears the picture in
// the same turn and is reported. Init parts are no exception. What arrives while a key is on its way is bounded.
// The server may turn the view to another track of its camera (a poor network); it says so before the first part, and a
// part of any other track than the one it said is an alarm.

import { INIT, decodeHeader, hex, openPart } from "./sealed_part.js";
import { decodeJson, END, KEY, PART, STATE, TRACK } from "./stream_record.js";
import { decodeWrappedKey, importSealer, makeViewKey, unwrap } from "./view_key.js";
import { Picture } from "./picture.js";

const FIRST_TRACK = "main";
const SOUND_TRACK = "audio";
const EPOCHS_COUNT_MAX = 4;
const OPENING_BYTES_MAX = 16 * 1024 * 1024;

/** One of the camera's tracks: what is known of its stream, and how far it was taken. */
class Track {
  sequence = -1n;
  floor = -1n;
  epochId = null;
  epochs = new Map();
  /** The clear init part taken last, for when the view comes back to this track. */
  init = null;

  constructor(streamId, sealer) {
    this.streamId = streamId;
    this.sealer = sealer;
  }
}

/** A check that failed; `cause` (AlarmCause of cameras/views/view.py) is what the server's alarm is counted under. */
class Alarm extends Error {
  constructor(cause) {
    super(cause);
    this.cause = cause;
  }
}

export class View {
  #told;
  #first;
  #key = null;
  #viewId = "";
  #tracks = new Map();
  /** Name of the track that the server said is being sent. */
  #track = FIRST_TRACK;
  /** The track on the screen; parts of it may still be on their way to it. */
  #shown = null;
  #run = 0;
  #line = Promise.resolve();
  #openingBytes = 0;
  /** The report under way, if there is one. */
  reported = null;

  /** `told`: opened(reply), frame(timeMs), camera(state), ended(words), alarm(cause), refused(status), lost(), blocked(),
   * undecodable(), size(width, height), and where it cares quality(name): main, sub, few, last. `clock.now()` is the server's time.
   * `sound`: this view is of the camera's sound, heard there (sound.js), and of no picture. */
  constructor(grant, video, clock, told, sound = null) {
    this.#first = sound === null ? FIRST_TRACK : SOUND_TRACK;
    this.#track = this.#first;
    this.grant = grant;
    this.clock = clock;
    this.#told = told;
    this.picture = sound ?? new Picture(video, told);
  }

  /** What to ask the server for; a fresh key each time. */
  async request() {
    this.picture.prepare();
    this.#key = await makeViewKey();
    const first = this.#tracks.get(this.#first);
    // A view that was turned begins at a keyframe: what its picture was made of last is of another track.
    const goesOn = first?.epochId != null && this.#shown === first;
    const resume = goesOn ? { epoch: first.epochId, sequence: Number(first.sequence) } : null;
    return { grant: this.grant, key: base64url(this.#key.point), resume, sound: this.#first === SOUND_TRACK };
  }

  /** The server's yes. */
  opened(reply) {
    const continues = this.#tracks.get(this.#first)?.streamId === reply.stream_ids[this.#first];
    this.#viewId = reply.view_id;
    this.#learnTracks(reply);
    this.#track = this.#first;
    if (continues) this.picture.expectBurst();
    else this.#begin();
    this.#told.opened(reply);
    this.#told.quality?.(this.#first);
  }

  /** One record of this view, in the order of arrival. */
  record(type, payload) {
    try {
      if (type === KEY) this.#takeKey(payload);
      else if (type === PART) this.#takePart(payload);
      else if (type === TRACK) this.#turn(decodeJson(payload));
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
    this.#key = null;
    this.#tracks.clear();
    this.#track = this.#first;
    this.#shown = null;
    this.picture.clear();
  }

  // A track whose stream is known goes on: what was taken of it is never taken again.
  #learnTracks(reply) {
    const before = this.#tracks;
    this.#tracks = new Map();
    for (const [name, streamId] of Object.entries(reply.stream_ids)) {
      const sealer = importSealer(fromBase64url(reply.sealers[name]));
      const known = before.get(name);
      const track = known?.streamId === streamId ? known : new Track(streamId, sealer);
      track.sealer = sealer;
      track.epochs.clear();
      track.floor = track.sequence;
      this.#tracks.set(name, track);
    }
  }

  // Where the server stopped sending altogether, the track stays what it is and the picture grows old.
  #turn({ track, quality }) {
    if (!this.#tracks.has(track)) throw new Alarm("wrong_track");
    this.#track = track;
    this.#told.quality?.(quality);
  }

  #begin() {
    this.#shown = null;
    if (this.picture.fed) this.picture.clear();
    this.picture.prepare();
  }

  #takeKey(payload) {
    const wrapped = decodeWrappedKey(payload);
    const { streamId, sealer, epochs } = this.#tracks.get(this.#track);
    const mine = wrapped.viewId === this.#viewId && wrapped.streamId === streamId && wrapped.track === this.#track;
    if (!mine) throw new Alarm("bad_key");
    const run = this.#run;
    const mineAlone = this.#key;
    const key = sealer.then((known) => unwrap(wrapped, mineAlone, known));
    key.catch(() => this.#failIn(run, new Alarm("bad_key")));
    epochs.set(wrapped.epochId, key);
    if (epochs.size > EPOCHS_COUNT_MAX) epochs.delete(epochs.keys().next().value);
  }

  #takePart(payload) {
    const header = headerOf(payload);
    const track = this.#tracks.get(this.#track);
    if (header.streamId !== track.streamId) throw new Alarm("wrong_stream");
    if (header.track !== this.#track) throw new Alarm("wrong_track");
    const key = track.epochs.get(header.epochId);
    if (key === undefined) throw new Alarm("wrong_epoch");
    if (header.sequence <= track.floor) return; // replayed to a view that goes on where it was
    if (header.sequence <= track.sequence) throw new Alarm("stale_sequence");
    const missing = track.sequence >= 0n && header.sequence !== track.sequence + 1n;
    track.floor = -1n;
    track.sequence = header.sequence;
    track.epochId = header.epochId;
    this.#open(track, header, key, payload, missing);
  }

  // Parts are opened side by side (each is a round through another thread) and shown in order.
  #open(track, header, key, payload, missing) {
    const run = this.#run;
    this.#openingBytes += payload.length;
    if (this.#openingBytes > OPENING_BYTES_MAX) throw new Alarm("does_not_open");
    const opened = key.then((secret) => openPart(secret, payload));
    const before = this.#line;
    this.#line = Promise.all([opened, before]).then(
      ([octets]) => this.#show(run, track, header, octets, missing),
      () => this.#failIn(run, new Alarm("does_not_open")),
    ).finally(() => {
      this.#openingBytes -= payload.length;
    });
  }

  #show(run, track, header, octets, missing) {
    if (run !== this.#run) return;
    try {
      if (header.kind === INIT) track.init = octets;
      if (track !== this.#shown) this.#changeTrack(track);
      else if (missing) this.picture.skipToKeyframe();
      if (header.kind === INIT) this.picture.init(octets);
      else this.picture.media(octets, header.timeMs, header.keyframe, this.clock.now() - header.timeMs);
    } catch (error) {
      this.#fail(error);
    }
  }

  // The other track has a timeline of its own; the picture on the screen stays until the first of it is decoded.
  #changeTrack(track) {
    if (this.#shown !== null) this.picture.turn(track.init);
    this.#shown = track;
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
