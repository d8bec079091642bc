// A WHEP viewer made of the browser's own RTCPeerConnection, which reads the mark of every picture it shows.
// The placeholder below gives way to the function of mark_reader.js.
window.whep = (() => {
  const readMark = READER;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const seen = { frames: [], connection: null, started: 0, answered: 0, location: "", lastPacketMs: 0 };

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

  async function watch(handle, csrf) {
    seen.frames = [];
    seen.started = performance.now();
    const connection = new RTCPeerConnection();
    seen.connection = connection;
    const { receiver } = connection.addTransceiver("video", { direction: "recvonly" });
    receiver.jitterBufferTarget = 0;
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    video.requestVideoFrameCallback(() => frame(video));
    connection.addEventListener("track", (event) => {
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
    for (const video of document.querySelectorAll("video")) video.remove();
    return reply.status;
  }

  return {
    watch,
    leave,
    taken: () => seen.frames.splice(0),
    // The connection's own state stays "connected" when the other end says goodbye; its transport's does not.
    state: () => seen.connection.getReceivers()[0].transport.state,
    started: () => [performance.timeOrigin, seen.started, seen.answered],
    lastPacketMs: () => seen.lastPacketMs,
  };
})();
