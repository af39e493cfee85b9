import { setTimeout as sleep } from 'node:timers/promises';
import type { Comparison, GateState, Migration, MigrationEvent, Plan, Step } from '../core/types.js';
import { abortError, throwIfAborted, withCancel } from '../database/abort.js';
import { Session } from '../database/session.js';
import { MigratorError } from '../errors/migrator-error.js';
import { gateFindings } from '../gate/findings.js';
import { type Contract, contractsOf, judge, whoWaits } from '../gate/judge.js';
import { readClients } from '../gate/read-clients.js';
import type { GateSettings } from '../gate/settings.js';
import { parseStatements } from '../sql/parse.js';
import { type Project, targetOf } from './project.js';

/** What a gate has to know of a plan. */
export interface Gated {
  readonly plan: Plan;
  readonly comparison: Comparison;
}

export interface GateOptions {
  /** How long to wait for those who are in the way, in milliseconds. Default 0. */
  readonly waitMs?: number | undefined;
  /** The server process of the run itself, where no pooler gives it to others. */
  readonly ownPid?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: MigrationEvent) => void) | undefined;
}

export interface PassOptions {
  /** The one migration that it is about. Default: all of the plan. */
  readonly about?: Step;
  /** Default: true. */
  readonly mayWait?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Plans anew while it waits: another run may have done it meanwhile. */
  readonly again?: () => Promise<Gated>;
}

const PAUSE = 1000;

/**
 * Asks, on a connection of its own, whether anybody is left who uses what contract migrations take away. Whoever cannot be told is
 * in the way. Its time to wait is one for all that it is asked.
 */
export class Gate {
  readonly #project: Project;
  readonly #options: GateOptions;
  readonly #started = performance.now();
  #session: Session | undefined;

  constructor(project: Project, options: GateOptions = {}) {
    this.#project = project;
    this.#options = options;
  }

  /** How much is left of the time to wait, in milliseconds. */
  get leftMs(): number {
    return Math.max(0, (this.#options.waitMs ?? 0) - (performance.now() - this.#started));
  }

  /** How things stand for the contract migrations of a plan, all of them or one. Throws `gate-unreadable`. */
  async look(gated: Gated, about?: Step): Promise<GateState> {
    const { plan, comparison } = gated;
    const contracts = contractsOf(about ? [about] : plan.steps, comparison.statuses);
    return this.#ask(contracts, gated);
  }

  /** Resolves when the gate is open, or nothing waits for it any more. Throws `gate-closed` when it is not before the time is over. */
  async pass(
    gated: Gated,
    { about, mayWait = true, signal = this.#options.signal, again }: PassOptions = {},
  ): Promise<GateState> {
    const { onEvent } = this.#options;
    const started = performance.now();
    let told: string | undefined;
    let current = gated;
    for (;;) {
      throwIfAborted(signal);
      const gate = await this.look(current, about);
      const waitedMs = performance.now() - started;
      if (gate.open) {
        if (told !== undefined) onEvent?.({ type: 'gate-open', gate, waitedMs });
        return gate;
      }
      const leftMs = mayWait ? this.leftMs : 0;
      if (leftMs === 0) throw closed(gate, current, { waitedMs: told === undefined ? 0 : waitedMs, about });
      const who = whoWaits(gate);
      if (who !== told) onEvent?.({ type: 'gate-waiting', gate, waitedMs, leftMs });
      told = who;
      await sleep(Math.min(PAUSE, leftMs), undefined, signal && { signal }).catch((error: unknown) => {
        throw signal?.aborted ? abortError(signal) : error;
      });
      if (again) {
        current = await again();
        if (!isGated(current)) return gate;
      }
    }
  }

  async close(): Promise<void> {
    await this.#session?.close();
  }

  async #ask(contracts: readonly Contract[], { plan, comparison }: Gated): Promise<GateState> {
    const { signal, ownPid } = this.#options;
    const settings: GateSettings = this.#project.gate ?? { ignore: [] };
    const migrations: Migration[] = comparison.statuses.map(({ migration }) => migration);
    const { heartbeat } = settings;
    const ask = async (session: Session) =>
      readClients(session, {
        ownPids: ownPid === undefined ? [] : [ownPid],
        heartbeat,
        heartbeatToCome: heartbeat !== undefined && makesTable(plan.steps, heartbeat.table),
      });
    try {
      const session = await this.#open();
      const clients = await withCancel(session, signal, () => ask(session));
      return judge(clients, contracts, { migrations, settings });
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    }
  }

  async #open(): Promise<Session> {
    if (this.#session && !this.#session.isClosed) return this.#session;
    const { signal } = this.#options;
    const session = await Session.open(targetOf(this.#project), { applicationName: 'migrator gate', signal });
    this.#session = session;
    return session;
  }
}

/** The plan, with how things stand at the gate. */
export function withGate(plan: Plan, gate: GateState): Plan {
  const pathOf = (tag: string) => plan.steps.find((step) => step.tag === tag)?.path;
  return { ...plan, gate, findings: [...plan.findings, ...gateFindings(gate, pathOf)] };
}

/** Whether there is anything to ask about. Of a database that has had no migration, nobody uses anything yet. */
export function isGated({ plan: { options, steps }, comparison: { statuses, unknown } }: Gated): boolean {
  const isNew = unknown.length === 0 && statuses.every(({ row, halfApplied }) => !row && !halfApplied);
  return options.phase === 'contract' && !isNew && steps.some(({ phase }) => phase === 'contract');
}

function closed(
  gate: GateState,
  { plan }: Gated,
  { waitedMs, about }: { readonly waitedMs: number; readonly about?: Step | undefined },
): MigratorError {
  const { findings } = withGate({ ...plan, findings: [] }, gate);
  const waited = waitedMs > 0 ? ` after ${Math.round(waitedMs / 1000)} s of waiting` : '';
  return new MigratorError('gate-closed', {
    message: `The gate is closed${waited}: somebody may still use what ${gate.waiting.length === 1 ? `\`${gate.waiting[0]?.tag}\` takes` : `${gate.waiting.length} contract migrations take`} away.`,
    state: about
      ? 'Nothing of this migration was run.'
      : `Nothing was changed; ${plan.steps.length === 1 ? '1 migration is' : `${plan.steps.length} migrations are`} not applied.`,
    fix: findings[0]?.fix ?? '',
    findings,
  });
}

/** Whether the run itself makes a table of this name. Needs `loadParser`. */
function makesTable(steps: readonly Step[], table: string): boolean {
  return steps.some(({ statements }) =>
    statements.some(({ kind, text }) => {
      if (kind !== 'CreateStmt') return false;
      const relation = parseStatements(text)?.[0]?.node.relation as { readonly relname?: string } | undefined;
      return relation?.relname === table;
    }),
  );
}
