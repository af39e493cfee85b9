import type { GateClient, GateState, Migration, MigrationStatus, Step } from '../core/types.js';
import { readApplicationName } from './application-name.js';
import { isNamed, NEVER_COUNT, OUR_OWN, POOLERS } from './ignored.js';
import { KnownTags } from './known-tags.js';
import type { GateSettings } from './settings.js';

/** A session of the database, as pg_stat_activity shows it to our role. */
export interface ClientSession {
  readonly pid: number;
  readonly applicationName: string | null;
  readonly user: string | null;
  readonly host: string | null;
  readonly since: Date | null;
  readonly isIdle: boolean;
  /** Our role may not see all of it. */
  readonly hidden: boolean;
}

/** A fresh row of the heartbeat table. */
export interface ClientInstance {
  readonly app: string | null;
  readonly version: string | null;
  readonly packageVersion: string | null;
  readonly tag: string | null;
  readonly host: string | null;
  readonly since: Date | null;
}

export interface Clients {
  readonly sessions: readonly ClientSession[];
  readonly instances: readonly ClientInstance[];
  /** A pooler stands before the server, and there is no heartbeat table. */
  readonly blind: boolean;
}

/** A contract migration that is to run, and from which place in the journal on a version knows of it. */
export interface Contract {
  readonly tag: string;
  readonly from: number;
  /** It was put among migrations that were applied before it: those who know these need not know of it. */
  readonly late: boolean;
}

/** The contract migrations among the steps of a run, in order. Pure. */
export function contractsOf(steps: readonly Step[], statuses: readonly MigrationStatus[]): readonly Contract[] {
  return steps.flatMap(({ tag, when, phase, replacesRow }): Contract[] => {
    if (phase !== 'contract') return [];
    const at = statuses.find(({ migration }) => migration.tag === tag && migration.when === when)?.migration.position;
    const position = at ?? Number.POSITIVE_INFINITY;
    const applied = statuses.findLast(({ row }) => row !== undefined)?.migration.position ?? -1;
    const late = replacesRow === undefined && applied > position;
    return [{ tag, from: late ? applied + 1 : position, late }];
  });
}

/** Who of `clients` stands in the way of which contract migration. Whoever does not say what it knows does. Pure. */
export function judge(
  clients: Clients,
  contracts: readonly Contract[],
  {
    migrations,
    settings: { ignore, heartbeat },
  }: { readonly migrations: readonly Migration[]; readonly settings: GateSettings },
): GateState {
  const known = new KnownTags(migrations);
  // Who says which schema it knows is an application, whatever it is called.
  const isSilent = ({ applicationName }: ClientSession) => readApplicationName(applicationName ?? '') === undefined;
  const others = clients.sessions.filter((session) => !(isSilent(session) && isNamed(session, OUR_OWN)));
  const never = heartbeat === undefined ? NEVER_COUNT : [...NEVER_COUNT, ...POOLERS];
  const counted = others.filter(
    (session) => !isNamed(session, ignore) && !(isSilent(session) && isNamed(session, never)),
  );
  const all = [...counted.map(ofSession), ...clients.instances.map(ofInstance)];
  const waiting = contracts
    .map((contract) => ({
      tag: contract.tag,
      clients: grouped(
        all.flatMap((client): GateClient[] => {
          const why = reasonOf(client, contract, known);
          return why === undefined ? [] : [{ ...client, why }];
        }),
      ),
    }))
    .filter((entry) => entry.clients.length > 0);
  return {
    open: waiting.length === 0,
    waiting,
    sessions: counted.length,
    instances: clients.instances.length,
    ignored: others.length - counted.length,
    limited: others.some(({ hidden }) => hidden),
    blind: clients.blind,
  };
}

type Unjudged = Omit<GateClient, 'why'>;

function ofSession({ pid, applicationName, user, host, since, isIdle }: ClientSession): Unjudged {
  const said = readApplicationName(applicationName ?? '');
  return {
    app: said?.app ?? null,
    version: said?.version ?? null,
    packageVersion: said?.packageVersion ?? null,
    tag: said?.tag ?? null,
    ...(said?.cut && { cut: true }),
    applicationName,
    user,
    host,
    since,
    sessions: 1,
    idle: isIdle ? 1 : 0,
    pids: [pid],
    instances: 0,
  };
}

function ofInstance(instance: ClientInstance): Unjudged {
  return { ...instance, applicationName: null, user: null, sessions: 0, idle: 0, pids: [], instances: 1 };
}

function reasonOf({ tag, cut }: Unjudged, { from, late }: Contract, known: KnownTags): GateClient['why'] | undefined {
  if (tag === null || tag === '') return 'no-version';
  const position = known.positionOf(tag, cut === true);
  if (position === undefined) return 'unknown-tag';
  if (position >= from) return undefined;
  return late ? 'maybe-older' : 'older';
}

/** Those that differ in nothing but their number, as one; the oldest first. */
function grouped(clients: readonly GateClient[]): readonly GateClient[] {
  const groups = new Map<string, GateClient>();
  for (const client of clients) {
    const key = keyOf(client);
    const group = groups.get(key);
    groups.set(
      key,
      group === undefined
        ? client
        : {
            ...group,
            since: earlier(group.since, client.since),
            sessions: group.sessions + client.sessions,
            idle: group.idle + client.idle,
            pids: [...group.pids, ...client.pids],
            instances: group.instances + client.instances,
          },
    );
  }
  const age = ({ since }: GateClient) => since?.getTime() ?? 0;
  return [...groups.values()].sort((a, b) => age(a) - age(b));
}

function keyOf(client: GateClient): string {
  const { app, version, packageVersion, tag, user, host, why, instances } = client;
  // A pooler's name has the port of its client.
  const name = app === null ? client.applicationName : null;
  return JSON.stringify([app, version, packageVersion, tag, name, user, host, why, instances > 0]);
}

/** Who is in the way, without how many and since when: what changes it is worth telling. Pure. */
export function whoWaits({ waiting }: GateState): string {
  return JSON.stringify(waiting.map(({ tag, clients }) => [tag, clients.map(keyOf).sort()]));
}

function earlier(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return null;
  return a < b ? a : b;
}
