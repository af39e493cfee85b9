import type { Blocking, Work } from './blocking.js';
import { SPEED } from './estimate.js';
import type { LockMode, RehearsedStatement } from './types.js';

/** `ACCESS EXCLUSIVE`, as LOCK TABLE and the manual have it. */
export function sqlMode(mode: LockMode): string {
  return mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}

/** `public.songs: ACCESS EXCLUSIVE, rewrite of 41 GB, about 7 min at 100 MB/s`; without sizes, what was seen on scratch. */
export function describeBlocking(blocking: Blocking, statements: readonly RehearsedStatement[]): string {
  const { table, partitions, mode, work, bytes, seconds, statement } = blocking;
  const of = partitions > 0 ? ` and ${partitions} of its partitions` : '';
  const lead = `${table}${of}: ${sqlMode(mode)}`;
  const lineOf = (index: number) => statements.find((other) => other.index === index)?.line ?? 0;
  const does = groupWork(work).map((parts) => {
    const [first] = parts;
    const others = parts.filter((part) => part.statement !== statement).map((part) => lineOf(part.statement));
    const by = others.length < parts.length ? '' : ` by ${lines(others)}`;
    const what = first.table === table ? '' : ` of ${first.table}`;
    return `${first.action === 'rewritten' ? 'rewrite' : 'scan'}${what}${by}`;
  });
  const shown = does.length > 3 ? [...does.slice(0, 3), `and ${does.length - 3} more`] : does;
  const others = work.some((part) => part.table !== table || part.statement !== statement);
  if (bytes === undefined || seconds === undefined) return [lead, ...shown].join(', ');
  return `${lead}, ${shown.join(', ')}${does.length === 1 && !others ? ' of' : ':'} ${size(bytes)}, ${time(seconds)} ${basis(work)}`;
}

/** What is done to one table in one way. */
function groupWork(work: readonly Work[]): (readonly [Work, ...Work[]])[] {
  const groups = new Map<string, [Work, ...Work[]]>();
  for (const part of work) {
    const group = groups.get(`${part.action} ${part.table}`);
    if (group) group.push(part);
    else groups.set(`${part.action} ${part.table}`, [part]);
  }
  return [...groups.values()];
}

/** `line 7`, `lines 7 and 9`, `line 7 and 3 more`. */
function lines(numbers: readonly number[]): string {
  const [first, second] = [...new Set(numbers)];
  if (second === undefined) return `line ${first}`;
  const more = new Set(numbers).size - 1;
  return more === 1 ? `lines ${first} and ${second}` : `line ${first} and ${more} more`;
}

function basis(work: readonly Work[]): string {
  const actions = [...new Set(work.map(({ action }) => action))];
  return `at ${actions.map((action) => `${SPEED[action] / 1e6} MB/s`).join(' and ')}`;
}

/** `41 GB`; decimal, as disks are sold. */
export function size(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = Math.min(units.length - 1, bytes >= 1 ? Math.floor(Math.log10(bytes) / 3) : 0);
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** `about 7 min`. */
export function time(seconds: number): string {
  if (seconds < 1) return 'less than a second';
  if (seconds < 90) return `about ${Math.round(seconds)} s`;
  if (seconds < 5400) return `about ${Math.round(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}
