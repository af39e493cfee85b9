import type { MigrationEvent } from '../core/types.js';
import { advice, describeClients } from '../gate/words.js';
import type { Colors } from './terminal.js';
import { duration } from './text.js';

/** Who is waited for, by the migrations that wait. */
export function renderWaiting(
  { gate, leftMs }: Extract<MigrationEvent, { type: 'gate-waiting' }>,
  color: Colors,
): string[] {
  const silent = gate.waiting.flatMap(({ clients }) => clients).filter(({ why }) => why !== 'older');
  return [
    `  ${color.yellow('!')} waiting, for ${duration(leftMs)} at most, for those who may still use what goes away:`,
    ...gate.waiting.flatMap(({ tag, clients }, index) => {
      const told = describeClients(clients);
      // Whoever is in the way of one is usually in the way of the next.
      const before = gate.waiting[index - 1];
      const isSame = before !== undefined && describeClients(before.clients).join() === told.join();
      return [`      ${tag}${isSame ? ': the same' : ''}`, ...(isSame ? [] : told.map((text) => `        ${text}`))];
    }),
    // Those will not leave by themselves.
    ...(silent.length > 0 ? [`      ${color.bold('Fix:')} ${advice(gate, silent)}`] : []),
  ];
}
