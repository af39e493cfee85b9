import { readTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import type { FleetDatabase } from './types.js';

/** A database of a list, and where it stands there: `line 3`. */
export interface ListedDatabase {
  readonly name?: string | undefined;
  readonly url: string;
  readonly place: string;
}

/** Before the first `=`: a URL has a colon before any. */
const NAMED = /^([\w.@-]+)\s*=\s*(.*)$/;

/** Lines such as `postgresql://…` or `name=postgresql://…`; empty ones and those that begin with `#` say nothing. */
export function parseList(text: string): ListedDatabase[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const line = raw.replace(index === 0 ? /^\uFEFF/ : '', '').trim();
    if (line === '' || line.startsWith('#')) return [];
    const [, name, url = line] = NAMED.exec(line) ?? [];
    return [{ name, url, place: `line ${index + 1}` }];
  });
}

/**
 * Gives each its name, by default `host:port/database`. Throws `fleet-list` where there is none, where one is no database, and where
 * two are the same or have one name; `source` says what was read. A line is never shown: it holds a password.
 */
export function nameAll(listed: readonly ListedDatabase[], source: string): FleetDatabase[] {
  const fail = (message: string, fix: string, where = source) =>
    new MigratorError('fleet-list', { message, where, fix });
  if (listed.length === 0) throw fail('It names no database.', 'Give one URL a line, or `name=URL`.');
  const byAddress = new Map<string, string>();
  const byName = new Map<string, string>();
  return listed.map(({ name, url, place }) => {
    const at = `${source}, ${place}`;
    if (!/^postgres(?:ql)?:\/\//.test(url))
      throw fail(
        'This is no URL of a database.',
        'Write `postgresql://user:password@host:5432/database`, or `name=` before it.',
        at,
      );
    const address = addressOf(url, at);
    const own = name ?? address;
    const twice = byAddress.get(address) ?? byName.get(own);
    if (twice !== undefined) throw fail(`\`${own}\` is named twice: by ${twice} too.`, 'Name each database once.', at);
    byAddress.set(address, place);
    byName.set(own, place);
    return { name: own, url };
  });
}

function addressOf(url: string, where: string): string {
  try {
    const { hosts, database } = readTarget({ url }, {});
    return `${hosts.map(({ host, port }) => `${host.toLowerCase()}:${port}`).join(',')}/${database}`;
  } catch (error) {
    if (!(error instanceof MigratorError)) throw error;
    throw new MigratorError('fleet-list', { message: error.message, where, ...(error.fix && { fix: error.fix }) });
  }
}
