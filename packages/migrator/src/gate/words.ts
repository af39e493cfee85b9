import type { GateClient, GateState } from '../core/types.js';
import { isCutBeforeTag } from './application-name.js';
import { isNamed, POOLERS } from './ignored.js';

/** `web 1.4.0 (package 0.3.0, knows 0001_plays) as app on 10.0.0.7: 3 sessions since 2026-11-23 03:12:31 UTC`. */
export function describeClient(client: GateClient): string {
  return `${who(client)}: ${howMany(client)}`;
}

function who(client: GateClient): string {
  const { packageVersion, tag, cut, user, host, instances } = client;
  const place = host ?? (instances > 0 ? 'an unknown host' : undefined);
  const login = [user && `as ${user}`, place && `on ${place}`].filter(Boolean).join(' ');
  const name = nameOf(client);
  const knows = [
    packageVersion && `package ${packageVersion}`,
    tag ? `knows ${tag}${cut ? '…' : ''}` : 'does not say which schema it knows',
  ].filter(Boolean);
  return [name, `(${knows.join(', ')})`, login].filter(Boolean).join(' ');
}

function nameOf({ app, version, applicationName }: GateClient): string {
  // A line that begins with colons would be an order to GitHub Actions.
  if (app !== null) return [/^[\w@]/.test(app) ? app : `\`${app}\``, version].filter(Boolean).join(' ');
  return applicationName === null ? 'a client without a name' : `\`${applicationName}\``;
}

/** `web 1.4.0, worker 2.0.0 and 2 more`. */
export function nameClients(clients: readonly GateClient[]): string {
  const names = [...new Set(clients.map(nameOf))];
  const told = names.slice(0, NAMED).join(', ');
  return names.length > NAMED ? `${told} and ${names.length - NAMED} more` : told;
}

const NAMED = 3;

function howMany({ sessions, idle, pids, instances, since }: GateClient): string {
  const processes = `${pids.slice(0, PIDS).join(', ')}${pids.length > PIDS ? ', …' : ''}`;
  const parts = [
    ...(sessions > 0
      ? [`${sessions} session${sessions === 1 ? '' : 's'} (pid ${processes})${idle === sessions ? ', idle' : ''}`]
      : []),
    ...(instances > 0 ? [`${instances} process${instances === 1 ? '' : 'es'} by the heartbeat table`] : []),
  ];
  return `${parts.join(', ')}${since ? `, since ${since.toISOString().slice(0, 19).replace('T', ' ')} UTC` : ''}`;
}

const PIDS = 5;

/** So many are told one by one. */
const TOLD = 8;

/** Everybody who is in the way of a migration, a line each. */
export function describeClients(clients: readonly GateClient[]): string[] {
  const told = clients.slice(0, TOLD).map(describeClient);
  return clients.length > TOLD ? [...told, `and ${clients.length - TOLD} more`] : told;
}

/** What to do so that the gate opens, for all that is in the way; each advice once. */
export function advice({ limited }: GateState, clients: readonly GateClient[]): string {
  const has = (why: GateClient['why']) => clients.some((client) => client.why === why);
  const [pooled, silent] = [true, false].map((wanted) =>
    clients.filter((client) => client.why === 'no-version' && isNamed(client, POOLERS) === wanted),
  ) as [GateClient[], GateClient[]];
  const sessions = clients.filter(({ sessions: count }) => count > 0);
  return [
    ...(has('older')
      ? [
          'Deploy the version that no longer uses it, then run `migrator migrate --phase contract --wait 10m`, which waits for the others to leave.',
        ]
      : []),
    ...(has('maybe-older')
      ? [
          'The migration stands before others that were applied earlier, so that no version tells whether it knows of it: where no other database has it, put it last with `migrator repair --restamp TAG`.',
        ]
      : []),
    ...(has('unknown-tag')
      ? [
          'A version that knows migrations which this folder has not was made of another state of it: run this from a checkout that has them.',
        ]
      : []),
    ...(pooled.length > 0
      ? [
          'Through the sessions of a pooler others speak, who cannot be seen: let each process say in a table that it runs, and name it: `migrator: { gate: { heartbeat: { table: … } } }`.',
        ]
      : []),
    ...(silent.length > 0 ? [adviceOfSilent(silent)] : []),
    ...(sessions.length > 0 && sessions.every(({ idle, sessions: count }) => idle === count)
      ? [
          'All sessions are idle: where a pooler stands before the server, it keeps such for a while under the name of a client that may be gone; `SELECT pg_terminate_backend(<pid>)` ends one that was left behind.',
        ]
      : []),
    ...(limited && sessions.length > 0
      ? ['Our role may not see all of other sessions: `GRANT pg_read_all_stats` to it shows from where and since when.']
      : []),
  ].join(' ');
}

function adviceOfSilent(silent: readonly GateClient[]): string {
  const cut = silent.find(({ applicationName }) => isCutBeforeTag(applicationName ?? ''));
  if (cut) {
    return `The name \`${cut.applicationName}\` was cut at 63 bytes before it says what it knows: shorten the versions in it.`;
  }
  const patterns = [...new Set(silent.flatMap(patternOf))];
  const say =
    'Let each application say its version (`application_name` as `<app>/<version> <package>/<version> <newest migration>`)';
  if (patterns.length === 0) return `${say}, and each row of the heartbeat table its migration.`;
  const list = patterns.map((pattern) => `'${pattern.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`).join(', ');
  return `${say}; what uses nothing of this schema is named in drizzle.config.ts: \`migrator: { gate: { ignore: [${list}] } }\`.`;
}

/** The pattern that would name it. */
function patternOf({ applicationName, user, host, instances }: GateClient): string[] {
  if (instances > 0) return [];
  if (applicationName) return [applicationName];
  if (user) return [`user:${user}`];
  return host ? [`host:${host}`] : [];
}
