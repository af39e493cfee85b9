import { createHash } from 'node:crypto';
import { createServer } from 'node:net';

const first = 20_000;
const count = 10_000;

/**
 * Ports to try, in order. Derived from the folder, so that checkouts side by side get different ones and keep them;
 * below 32768, where the system takes ports for outgoing connections.
 */
export function portCandidates(root: string, remembered: number | undefined): number[] {
  const start = createHash('sha256').update(root).digest().readUInt32BE(0);
  const derived = Array.from({ length: 20 }, (_, i) => first + ((start + i * 37) % count));
  return remembered === undefined ? derived : [remembered, ...derived.filter((port) => port !== remembered)];
}

/** A hint only: the server's own bind decides. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
