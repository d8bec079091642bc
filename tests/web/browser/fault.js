// A broken proxy between the network and the player: wraps fetch before the page's own modules run. ``window.faultKind``
// names what it does to the records of a stream from the moment ``window.inject()`` is called:
//   flip KIND AT    flips a bit in octet AT (from the end when negative) of every record of type KIND
//   init AT         the same for parts that are init parts, from the very beginning
//   repeat          sends every part twice
//   hold            holds everything back; ``window.heal()`` lets it go on
(() => {
  const KEY = 2;
  const PART = 3;
  const HEAD_BYTES = 9;
  const [kind, ...numbers] = window.faultKind.split(" ");
  const [first, second] = numbers.map(Number);
  let active = kind === "init" || (kind === "flip" && first === KEY);
  let heal = () => {};
  let held = Promise.resolve();
  const real = window.fetch;

  window.inject = () => {
    active = true;
    if (kind === "hold") held = new Promise((done) => (heal = done));
  };
  window.heal = () => {
    active = false;
    heal();
  };

  function changed(record) {
    if (!active || record[4] < KEY) return [record];
    if (kind === "repeat" && record[4] === PART) return [record, record];
    if (kind === "flip" && record[4] === first) record[at(record, second)] ^= 1;
    if (kind === "init" && record[4] === PART && record[HEAD_BYTES + 1] === 1) record[at(record, first)] ^= 1;
    return [record];
  }

  function at(record, place) {
    return place < 0 ? record.length + place : HEAD_BYTES + place;
  }

  function rewriting() {
    let rest = new Uint8Array(0);
    return new TransformStream({
      async transform(chunk, out) {
        await held;
        const whole = new Uint8Array(rest.length + chunk.length);
        whole.set(rest);
        whole.set(chunk, rest.length);
        let start = 0;
        while (whole.length - start >= 4) {
          const end = start + 4 + new DataView(whole.buffer, start).getUint32(0);
          if (end > whole.length) break;
          for (const record of changed(whole.slice(start, end))) out.enqueue(record);
          start = end;
        }
        rest = whole.slice(start);
      },
    });
  }

  window.fetch = async (address, options) => {
    const reply = await real(address, options);
    if (!String(address).endsWith("/streams") || !reply.ok) return reply;
    return { ok: true, status: reply.status, body: reply.body.pipeThrough(rewriting()) };
  };
})();
