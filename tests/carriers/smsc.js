// An SMSC on loopback for the tests, by the npm package smpp, which nobody here wrote. It ends with its standard input.
//
// The last two digits of a destination say what becomes of a text:
//   01 delivered                          02 undelivered
//   03 throttled twice, then delivered    04 taken, then the connection is dropped before the response
//   05 comes back from there as a text    06 taken, the response comes too late
//   07 refused: no such number            08 the receipt comes before the response
//   09 a receipt as text alone, its id written in decimals where the response had hexadecimals
//   10 dropped as in 04, and no receipt   11 refused, and said too late
//   12 queue full for ever                13 a system error
//   14 the second part of a long text is refused
// What it sends by itself and nobody acknowledged is sent again to whoever is bound next, as carriers do.
// Prints one JSON line for everything it was sent; a line on its standard input is a text to send to whoever is bound.

const fs = require('fs');
const path = require('path');
const readline = require('readline');
const smpp = require(path.join(__dirname, '..', 'node_modules', 'smpp'));

const LATE_MS = Number(process.env.LATE_MS || 700);
const options = process.env.TLS_KEY
  ? { key: fs.readFileSync(process.env.TLS_KEY), cert: fs.readFileSync(process.env.TLS_CERT) }
  : {};
const throttled = new Map();
const kept = []; // for the next connection
const unanswered = new Set();
let bound = null;
let next = 0x0a00ff01;

const say = (facts) => process.stdout.write(JSON.stringify(facts) + '\n');

function receipt(pdu, id, state, word, textOnly) {
  const sent = {
    source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr,
    esm_class: 0x04, data_coding: 0,
    short_message: `id:${textOnly ? parseInt(id, 16) : id} sub:001 dlvrd:001 submit date:2611220000 done date:2611220001 stat:${word} err:000 text:id:1 stat:EXPIRED`,
  };
  if (!textOnly) {
    Object.assign(sent, { receipted_message_id: id, message_state: state });
    if (pdu.user_message_reference !== undefined) sent.user_message_reference = pdu.user_message_reference;
  }
  return sent;
}

function deliver(sent) {
  if (!bound) { kept.push(sent); return; }
  unanswered.add(sent);
  bound.deliver_sm(sent, (answer) => {
    unanswered.delete(sent);
    say({ what: 'delivered', status: answer.command_status });
  });
}

function submit(session, pdu) {
  const id = (next++).toString(16);
  const suffix = pdu.destination_addr.slice(-2);
  const text = pdu.message_payload || pdu.short_message;
  say({
    what: 'submit', to: pdu.destination_addr, ton: pdu.dest_addr_ton, from: pdu.source_addr, coding: pdu.data_coding,
    text: text.message, udh: text.udh ? Buffer.concat(text.udh).toString('hex') : '', receipt: pdu.registered_delivery,
    esm: pdu.esm_class, whole: pdu.message_payload !== undefined, validity: pdu.validity_period,
  });
  const take = () => session.send(pdu.response({ message_id: id }));
  const refuse = (status) => session.send(pdu.response({ command_status: status }));
  const delivered = () => deliver(receipt(pdu, id, 2, 'DELIVRD', false));
  switch (suffix) {
    case '02': take(); deliver(receipt(pdu, id, 5, 'UNDELIV', false)); break;
    case '03': {
      const times = throttled.get(pdu.destination_addr) || 0;
      throttled.set(pdu.destination_addr, times + 1);
      if (times < 2) { refuse(smpp.ESME_RTHROTTLED); break; }
      take(); delivered(); break;
    }
    case '04': kept.push(receipt(pdu, id, 2, 'DELIVRD', false)); session.destroy(); break;
    case '05':
      take();
      deliver({
        source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr,
        dest_addr_ton: 1, dest_addr_npi: 1, esm_class: pdu.esm_class & 0x40, data_coding: pdu.data_coding,
        short_message: text.udh ? { udh: Buffer.concat([Buffer.from([text.udh[0].length]), text.udh[0]]), message: text.message } : text.message,
      });
      break;
    case '06': setTimeout(take, LATE_MS); break;
    case '07': refuse(smpp.ESME_RINVDSTADR); break;
    case '08': delivered(); setTimeout(take, 100); break;
    case '09': take(); deliver(receipt(pdu, id, 2, 'DELIVRD', true)); break;
    case '10': session.destroy(); break;
    case '11': setTimeout(() => refuse(smpp.ESME_RINVDSTADR), LATE_MS); break;
    case '12': refuse(smpp.ESME_RMSGQFUL); break;
    case '13': refuse(smpp.ESME_RSYSERR); break;
    case '14': text.udh && text.udh[0][4] === 2 ? refuse(smpp.ESME_RSUBMITFAIL) : take(); break;
    default: take(); delivered();
  }
}

function serve(session) {
  session.on('error', () => {});
  session.on('close', () => { if (bound === session) bound = null; say({ what: 'closed' }); });
  session.on('bind_transceiver', (pdu) => {
    if (pdu.password !== 'pass wd') {
      say({ what: 'refused' });
      session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }));
      return;
    }
    say({ what: 'bound', name: pdu.system_id, version: pdu.interface_version });
    session.send(pdu.response({ system_id: 'tests' }));
    bound = session;
    [...unanswered, ...kept.splice(0)].forEach(deliver);
  });
  session.on('submit_sm', (pdu) => submit(session, pdu));
  session.on('query_sm', (pdu) => session.send(pdu.response({ message_id: pdu.message_id, message_state: 2 })));
  session.on('enquire_link', (pdu) => { say({ what: 'enquired' }); session.send(pdu.response()); });
  session.on('unbind', (pdu) => { say({ what: 'unbound' }); session.send(pdu.response()); session.close(); });
}

readline.createInterface({ input: process.stdin })
  .on('line', (line) => {
    const order = JSON.parse(line);
    if (order.drop) { bound && bound.destroy(); return; }
    if (order.enquire) { bound.enquire_link({}, () => say({ what: 'answered' })); return; }
    if (order.goodbye) { bound.unbind({}, () => say({ what: 'answered goodbye' })); return; }
    if (order.unknown) { bound.send(new smpp.PDU('alert_notification', {})); return; }
    if (order.data) {
      bound.data_sm({
        source_addr_ton: 1, source_addr_npi: 1, source_addr: '4915100000001', destination_addr: '4915100000000',
        data_coding: 0, ...order.data, message_payload: { message: order.text },
      }, (answer) => say({ what: 'delivered', status: answer.command_status }));
      return;
    }
    const message = Buffer.from(order.message, 'hex');
    deliver({ source_addr_ton: 1, source_addr_npi: 1, esm_class: 0, data_coding: 0, ...order.fields, short_message: message });
  })
  .on('close', () => process.exit(0));

const server = smpp.createServer(options, serve);
server.listen(0, '127.0.0.1', () => say({ what: 'listening', port: server.address().port }));
