// A WHEP viewer made of the browser's own RTCPeerConnection, which reads the mark of every picture it shows.
// The placeholder below gives way to the function of mark_reader.js.
window.whep = (() => {
  const readMark = READER;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = { frames: [], connection: null, analyser: null, started: 0, answered: 0, location: "", lastPacketMs: 0 };

  function frame(video) {
    const [width, height] = [video.videoWidth, video.videoHeight];
    const strip = Math.ceil(height / 12);
    canvas.width = width;
    canvas.height = strip;
    context.drawImage(video, 0, 0, width, strip, 0, 0, width, strip);
    const mark = readMark({ data: context.getImageData(0, 0, width, strip).data, width, height });
    if (mark !== null) seen.frames.push([performance.now(), mark.home, mark.camera, mark.frame, mark.mac]);
    video.requestVideoFrameCallback(() => frame(video));
  }

  async function watchPackets(connection) {
    while (connection === seen.connection) {
      for (const item of (await connection.getStats()).values()) {
        if (item.type === "inbound-rtp" && item.lastPacketReceivedTimestamp) {
          seen.lastPacketMs = item.lastPacketReceivedTimestamp;
        }
      }
      await new Promise((again) => setTimeout(again, 20));
    }
  }

  // The levels are those of what the browser decoded; it decodes only for an element that plays.
  function listen(track) {
    const stream = new MediaStream([track]);
    const element = document.createElement("audio");
    element.muted = true;
    element.srcObject = stream;
    document.body.append(element);
    element.play();
    const context = new AudioContext();
    seen.analyser = new AnalyserNode(context, { fftSize: 16384, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(stream).connect(seen.analyser);
  }

  async function heard(wait, strange) {
    const analyser = seen.analyser;
    if (analyser === null) return null;
    await analyser.context.resume();
    await new Promise((done) => setTimeout(done, wait));
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const hertz = analyser.context.sampleRate / analyser.fftSize;
    const top = levels.indexOf(Math.max(...levels));
    const at = Math.round(strange / hertz);
    return { tone: top * hertz, level: levels[top], strange: Math.max(...levels.subarray(at - 3, at + 4)) };
  }

  async function received() {
    const found = {};
    for (const item of (await seen.connection.getStats()).values()) {
      if (item.type !== "inbound-rtp") continue;
      const { packetsReceived: packets, lastPacketReceivedTimestamp: last, estimatedPlayoutTimestamp: playout } = item;
      found[item.kind] = { packets, last, playout };
    }
    return found;
  }

  async function watch(handle, csrf, sound = false) {
    seen.frames = [];
    seen.started = performance.now();
    const connection = new RTCPeerConnection();
    seen.connection = connection;
    const { receiver } = connection.addTransceiver("video", { direction: "recvonly" });
    receiver.jitterBufferTarget = 0;
    if (sound) connection.addTransceiver("audio", { direction: "recvonly" });
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    video.requestVideoFrameCallback(() => frame(video));
    connection.addEventListener("track", (event) => {
      if (event.track.kind === "audio") {
        listen(event.track);
        return;
      }
      video.srcObject = new MediaStream([event.track]);
      video.play();
    });
    await connection.setLocalDescription(await connection.createOffer());
    const reply = await fetch(`/api/v1/whep/${handle}`, {
      method: "POST",
      body: connection.localDescription.sdp,
      headers: { "Content-Type": "application/sdp", "X-CSRF-Token": csrf },
    });
    const said = await reply.text();
    seen.answered = performance.now();
    if (reply.status === 201) {
      seen.location = reply.headers.get("location");
      await connection.setRemoteDescription({ type: "answer", sdp: said });
      watchPackets(connection);
    }
    return { status: reply.status, said };
  }

  async function leave(csrf) {
    const reply = await fetch(seen.location, { method: "DELETE", headers: { "X-CSRF-Token": csrf } });
    seen.connection.close();
    seen.connection = null;
    for (const element of document.querySelectorAll("video, audio")) element.remove();
    seen.analyser = null;
    return reply.status;
  }

  return {
    watch,
    leave,
    heard,
    received,
    taken: () => seen.frames.splice(0),
    // The connection's own state stays "connected" when the other end says goodbye; its transport's does not.
    state: () => seen.connection.getReceivers()[0].transport.state,
    started: () => [performance.timeOrigin, seen.started, seen.answered],
    lastPacketMs: () => seen.lastPacketMs,
  };
})();
