import type { Session } from '../database/session.js';
import { isSocketFolder } from '../database/socket.js';
import type { ConnectionTarget } from '../database/target.js';
import { MigratorError } from '../errors/migrator-error.js';
import { choosePgDump } from './choose-pg-dump.js';
import { type FoundPgDump, findPgDump, runNativePgDump } from './native-pg-dump.js';
import { runWasmPgDump, WASM_VERSION } from './wasm-pg-dump.js';

/** What reads the schema of a database, in the transaction of a session. */
export interface SchemaDumper {
  /** `pg_dump 18.4 (/usr/bin/pg_dump)`. */
  readonly description: string;
  /** Why one that was found is not used; whole sentences. */
  readonly passedOver: readonly string[];
  dump(section: 'pre-data' | 'post-data'): Promise<string>;
}

export interface PgDumpOptions {
  /** A program to use, or `builtin` for the one that comes with us. Default: what fits the server best. */
  readonly pgDump?: string | undefined;
  readonly lockTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Chooses a pg_dump for a server. Throws `pg-dump-unsuitable` where none knows it, or where the one that was asked for does
 * not exist or is older than the server.
 */
export async function openPgDump(
  session: Session,
  target: ConnectionTarget,
  { major, pooled }: { readonly major: number; readonly pooled: boolean },
  options: PgDumpOptions,
): Promise<SchemaDumper> {
  const found = options.pgDump === 'builtin' ? undefined : await findPgDump(options.pgDump);
  const choice = choosePgDump({
    asked: options.pgDump,
    found,
    server: major,
    builtin: WASM_VERSION.major,
    obstacle: obstacleOf(session, target, pooled),
  });
  if ('error' in choice) throw new MigratorError('pg-dump-unsuitable', choice.error);
  const args = argumentsOf(options);
  if (choice.use === 'builtin') {
    return {
      description: `pg_dump ${WASM_VERSION.full} (WebAssembly)`,
      passedOver: choice.passedOver,
      dump: async (section) =>
        cleaned(await inOwnTransaction(session, [...args, `--section=${section}`], options), major),
    };
  }
  const { path, version } = choice.use;
  return {
    description: `pg_dump ${version} (${path})`,
    passedOver: choice.passedOver,
    dump: async (section) => {
      const [row] = await session.rows<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
      const all = [...args, `--section=${section}`, `--snapshot=${row?.snapshot}`];
      return cleaned(await runNativePgDump(path, all, { session, target, signal: options.signal }), major);
    },
  };
}

function argumentsOf({ lockTimeoutMs }: PgDumpOptions): string[] {
  // Large objects come with the rows; `--no-blobs` is their old name, which all versions know.
  return ['--no-blobs', `--lock-wait-timeout=${Math.max(1, Math.round(lockTimeoutMs))}`];
}

/** In the transaction that is open: so it sees what our COPY sees, on a standby and behind a pooler too. */
async function inOwnTransaction(session: Session, args: readonly string[], options: PgDumpOptions): Promise<string> {
  const sql = await runWasmPgDump(session, args, options);
  await session.run('deallocate all');
  return sql;
}

/** Why another program could not connect as we do. */
function obstacleOf(session: Session, { ssl }: ConnectionTarget, pooled: boolean): string | undefined {
  if (pooled) return 'a pooler stands between migrator and the server';
  if (typeof ssl === 'object' && !isSocketFolder(session.address.host))
    return 'the certificates of the connection would have to be written to files for it';
  return undefined;
}

/** For servers that do not know the newest settings, and for any psql: `\restrict` is known only since August 2025. */
function cleaned(sql: string, major: number): string {
  const lines =
    major < 17 ? /^(?:\\(?:un)?restrict\b.*|SET transaction_timeout = 0;)\r?\n/gm : /^\\(?:un)?restrict\b.*\r?\n/gm;
  const plain = sql.replace(lines, '');
  return major < 16 ? plain.replace(/^(CREATE SUBSCRIPTION .*), run_as_owner = true\b/gm, '$1') : plain;
}

export type { FoundPgDump };
