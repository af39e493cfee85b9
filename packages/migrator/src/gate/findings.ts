import type { Finding, GateClient, GateState } from '../core/types.js';
import { advice, nameClients } from './words.js';

/** A closed gate, with who keeps it closed. */
export interface GateFinding extends Finding {
  readonly clients?: readonly GateClient[];
}

/** What there is to say of a gate: an error for each migration that waits, or a note that none does. Pure. */
export function gateFindings(gate: GateState, pathOf: (tag: string) => string | undefined): GateFinding[] {
  if (gate.open) {
    const looked = [
      `${gate.sessions} session${gate.sessions === 1 ? '' : 's'}`,
      ...(gate.instances > 0
        ? [`${gate.instances} process${gate.instances === 1 ? '' : 'es'} by the heartbeat table`]
        : []),
    ].join(' and ');
    return [
      {
        code: 'gate-open',
        severity: gate.blind ? 'warning' : 'info',
        message: `The gate is open: nobody who uses what goes away is connected (${looked} looked at; ${gate.ignored} that never count).`,
        ...(gate.blind && {
          consequence:
            'A pooler stands before the server: who is connected to it and does nothing now has no session, and is not seen.',
        }),
        fix: gate.blind
          ? 'Let the applications say in a table that they run, and name it: `migrator: { gate: { heartbeat: { table: … } } }`.'
          : 'Nothing to do: it is asked again right before each contract migration.',
      },
    ];
  }
  return gate.waiting.map(({ tag, clients }): GateFinding => {
    const path = pathOf(tag);
    return {
      code: 'gate-closed',
      severity: 'error',
      tag,
      ...(path !== undefined && { at: { file: path } }),
      message: `\`${tag}\` has to wait: ${nameClients(clients)} may still use what it takes away.`,
      consequence: 'Their statements would fail once it is gone; drizzle-kit asks nobody.',
      fix: advice(gate, clients),
      clients,
    };
  });
}
