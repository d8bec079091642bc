// A WHEP client in a page of another origin: it knows an address and a token, and goes by draft-ietf-wish-whep-03.
window.elsewhere = (() => {
  const seen = { connection: null, location: "", etag: "", links: "", trickled: [] };

  function iceServers(links) {
    return [...links.matchAll(/<([^>]+)>((?:; [a-z-]+="(?:[^"\\]|\\.)*")*)/g)].map(([, url, rest]) => {
      const said = Object.fromEntries(
        [...rest.matchAll(/; ([a-z-]+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, text]) => [name, text.replace(/\\(.)/g, "$1")]),
      );
      return said.username ? { urls: url, username: said.username, credential: said.credential } : { urls: url };
    });
  }

  async function watch(address, token, policy) {
    const authorization = { Authorization: `Bearer ${token}` };
    const connection = (seen.connection = new RTCPeerConnection({ iceTransportPolicy: policy }));
    connection.addTransceiver("video", { direction: "recvonly" });
    const video = document.createElement("video");
    video.muted = true;
    document.body.append(video);
    connection.addEventListener("track", (event) => {
      video.srcObject = new MediaStream([event.track]);
      video.play();
    });
    const offer = await connection.createOffer();
    const reply = await fetch(address, {
      method: "POST",
      body: offer.sdp,
      headers: { ...authorization, "Content-Type": "application/sdp" },
    });
    if (reply.status !== 201) return reply.status;
    seen.location = new URL(reply.headers.get("location"), address).href;
    seen.etag = reply.headers.get("etag");
    seen.links = reply.headers.get("link") ?? "";
    connection.setConfiguration({ iceTransportPolicy: policy, iceServers: iceServers(seen.links) });
    const own = /a=ice-ufrag:(.*)\r\na=ice-pwd:(.*)\r\n/.exec(offer.sdp);
    connection.addEventListener("icecandidate", async ({ candidate }) => {
      if (candidate === null || candidate.candidate === "") return;
      const lines = [`a=ice-ufrag:${own[1]}`, `a=ice-pwd:${own[2]}`, "m=video 9 UDP/TLS/RTP/SAVPF 0"];
      const body = [...lines, `a=mid:${candidate.sdpMid}`, `a=${candidate.candidate}`, ""].join("\r\n");
      const kind = { "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": seen.etag };
      const added = await fetch(seen.location, { method: "PATCH", body, headers: { ...authorization, ...kind } });
      seen.trickled.push(added.status);
    });
    await connection.setLocalDescription(offer);
    await connection.setRemoteDescription({ type: "answer", sdp: await reply.text() });
    return reply.status;
  }

  async function stats() {
    const items = [...(await seen.connection.getStats()).values()];
    const transport = items.find((item) => item.type === "transport");
    const pair = items.find((item) => item.id === transport?.selectedCandidatePairId);
    const local = items.find((item) => item.id === pair?.localCandidateId);
    const video = items.find((item) => item.type === "inbound-rtp");
    return { local: local?.candidateType ?? "", pictures: video?.framesDecoded ?? 0, trickled: seen.trickled };
  }

  async function leave(token) {
    const reply = await fetch(seen.location, { method: "DELETE", headers: { Authorization: `Bearer ${token}` } });
    return reply.status;
  }

  async function byCookie(address) {
    const headers = { "Content-Type": "application/sdp" };
    return fetch(address, { method: "POST", body: "v=0", headers, credentials: "include" }).then(
      (reply) => `read ${reply.status}`,
      () => "kept from the page",
    );
  }

  return { watch, stats, leave, byCookie, links: () => seen.links };
})();
