// An SMSC by npm's `smpp`, which shares no line with our client: who binds by the right account may send. Prints what
// happens as JSON lines on standard output: first its port, then each bind, each message as it was understood, each
// question whether it is there.
//
//   node smsc.mjs SYSTEM_ID PASSWORD
//
// A number that ends in 1 is refused, one that ends in 2 throttled, one that ends in 3 ends the connection.

import smpp from "smpp";

const [systemId, password] = process.argv.slice(2);
const tell = (line) => console.log(JSON.stringify(line));
const VERDICTS = { 1: smpp.ESME_RINVDSTADR, 2: smpp.ESME_RTHROTTLED };

const server = smpp.createServer((session) => {
  let bound = false;
  session.on("bind_transceiver", (pdu) => {
    bound = pdu.system_id === systemId && pdu.password === password;
    tell({ bound, version: pdu.interface_version });
    session.send(pdu.response({ command_status: bound ? smpp.ESME_ROK : smpp.ESME_RINVPASWD }));
  });
  session.on("submit_sm", (pdu) => {
    const number = pdu.destination_addr;
    if (number.endsWith("3")) {
      session.destroy();
      return;
    }
    const status = bound ? VERDICTS[number.at(-1)] ?? smpp.ESME_ROK : smpp.ESME_RINVBNDSTS;
    const { message, udh } = pdu.short_message;
    tell({
      from: pdu.source_addr, fromKind: pdu.source_addr_ton, to: number, toKind: pdu.dest_addr_ton,
      coding: pdu.data_coding, text: message, parts: udh ? [...udh[0]] : null, status,
    });
    session.send(pdu.response({ command_status: status, message_id: "1" }));
  });
  session.on("enquire_link", (pdu) => {
    tell({ enquired: true });
    session.send(pdu.response());
  });
  session.on("unbind", (pdu) => {
    session.send(pdu.response());
    session.close();
  });
  session.on("error", () => session.destroy());
});
server.listen(0, "127.0.0.1", () => tell({ port: server.address().port }));
// Whoever started it holds its standard input.
process.stdin.on("end", () => process.exit(0)).resume();
