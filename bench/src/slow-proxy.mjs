// A link with delay: every byte arrives `DELAY_MS` later, in order, however many are under way. Nothing else is slowed.
// Run as a process of its own, so that it does not compete with the clock of the measurement. Prints its port.
import { connect, createServer } from 'node:net';

const [, , serverPort, oneWayMs] = process.argv.map(Number);

/** Passes on what it is given, `oneWayMs` later; the first of it `extraMs` later still. */
function delay(from, to, extraMs) {
  const queue = [];
  let notBefore = performance.now() + extraMs;
  let waking = false;
  const deliver = () => {
    waking = false;
    while (queue.length > 0 && queue[0].due - performance.now() < 0.3) {
      const { chunk } = queue.shift();
      if (chunk) to.write(chunk);
      else to.end();
    }
    wake();
  };
  const wake = () => {
    if (waking || queue.length === 0) return;
    waking = true;
    setTimeout(deliver, Math.max(1, queue[0].due - performance.now()));
  };
  const push = (chunk) => {
    const due = Math.max(performance.now(), notBefore) + oneWayMs;
    notBefore = 0;
    queue.push({ due, chunk });
    wake();
  };
  from.on('data', push);
  from.on('end', () => push(undefined));
  from.on('close', () => push(undefined));
  from.on('error', () => to.destroy());
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const upstream = connect({ port: serverPort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  // The kernel answers a TCP handshake at once; over a real link it takes a round trip before the first byte can leave.
  delay(client, upstream, 2 * oneWayMs);
  delay(upstream, client, 0);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.on('disconnect', () => process.exit());
