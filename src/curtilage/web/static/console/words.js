// What a tile says (notes: who, what, when; what to do; never blame). Sentences are whole, with places for names.

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

const day = new Intl.DateTimeFormat(undefined, { weekday: "short", day: "numeric", month: "short" });

const deliveries = { webrtc: "WebRTC", sealed: "sealed stream", hls: "LL-HLS", stills: "stills" };

const streams = {
  main: "main",
  sub: "sub: the network is poor",
  few: "keyframes alone: the network is very poor",
  last: "nothing new gets through",
  stills: "main, keyframes alone",
};

const silences = {
  off: "Its microphone is off",
  none: "No sound comes",
  waiting: "Waiting for sound",
  blocked: "Tap for sound",
  undecodable: "This browser cannot play its sound",
  alarm: "The sound was cut",
};

export const words = {
  connecting: (name) => `${name}, connecting`,
  live: (name) => `${name}, live`,
  stale: (name, ageMs) => `${name}, ${age(ageMs)} old, reconnecting`,
  still: (name, ageMs) => `${name}, ${age(ageMs)} old, a still every 10 s`,
  stills: (name, ageMs) => `${name}, ${age(ageMs)} old, stills`,
  paused: (name) => `${name}, paused`,
  dark: (name) => `${name}, no picture`,
  since: (timeMs) => (timeMs === null ? "No picture yet" : `No picture since ${clock.format(timeMs)}`),
  waiting: (name) => `Waiting for ${name}.`,
  ended: (name, untilMs) => `Your grant for ${name} ended at ${clock.format(untilMs)}. Ask the owner.`,
  refused: (name) => `You may not see ${name} at the moment. Ask the owner.`,
  signedOut: () => "You are signed out. Sign in to see pictures again.",
  alarm: (name) => `What came was not from ${name}, so it was not shown. The home's activity has an entry about it.`,
  notMine: () => "The picture is off. No picture was kept.",
  notMineDo: () => "The home's activity has an entry about it.",
  undecodable: (name) => `This browser cannot show the video of ${name}.`,
  picturesPaused: () => "Pictures are paused.",
  picturesPausedDo: () => "Open the camera to see it.",
  locked: (name) => `${name} is locked: the disk is full.`,
  lockedDo: () => "Free space, then unlock.",
  noFloat: () => "This browser does not float pictures.",
  sound: (on, reason) => silences[reason] ?? (on ? "Sound is on" : "Sound"),
  facts: (delivery, quality, relayed, ageMs, untilMs) => [
    ["Delivery", delivery === null ? "none" : deliveries[delivery]],
    ["Stream", streams[delivery === "stills" ? "stills" : quality]],
    ["Latency", Number.isFinite(ageMs) ? `${(ageMs / 1000).toFixed(ageMs < 10_000 ? 2 : 0)} s` : "no picture"],
    ["Way", relayed === null ? "not known yet" : relayed ? "relayed" : "direct"],
    ["Grant ends", untilMs === null ? "when it is revoked" : `${day.format(untilMs)}, ${clock.format(untilMs)}`],
  ],
};

function age(ageMs) {
  const seconds = Math.round(ageMs / 1000);
  return seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
