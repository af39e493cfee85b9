// Whether a database has what this version's types need. The migrations of the package say what that is.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from './client.js';
import { migrationsFolder, migrationsSchema, migrationsTable, readMigrationEntries } from './migrations.js';

export type Phase = 'expand' | 'contract';

/** A migration of this package. */
export interface KnownMigration {
  readonly tag: string;
  readonly when: number;
  /** SHA-256 of the file, in hex. */
  readonly hash: string;
  readonly phase: Phase;
}

/** A migration that the database has and this package does not know. */
export interface ForeignMigration {
  /** From the migrator's log; undefined where another tool has applied it. */
  readonly tag: string | undefined;
  readonly when: number | null;
  /** `unknown` where another tool has applied it: it may take away what this version uses. */
  readonly phase: Phase | 'unknown';
}

/**
 * - `current`: all that is needed is there, and nothing that is not known. Contract migrations may be pending.
 * - `ahead`: a newer version has migrated it, and has only added.
 * - `behind`: a needed migration is missing.
 * - `incompatible`: a newer version has taken something away, or may have.
 */
export type CompatibilityState = 'current' | 'ahead' | 'behind' | 'incompatible';

export interface Compatibility {
  readonly state: CompatibilityState;
  /** `current` and `ahead`. */
  readonly ok: boolean;
  /** The migration that the types of this version need. */
  readonly needed: string;
  /** The newest migration of the package that the database has; undefined for an empty one. */
  readonly found: string | undefined;
  /** Tags of what the package needs and the database lacks, oldest first. */
  readonly missing: readonly string[];
  /** What the package does not know, oldest first. */
  readonly ahead: readonly ForeignMigration[];
  /** What is the matter, and what to do; for a log, or a person. */
  readonly message: string;
}

let known: readonly KnownMigration[] | undefined;

/** The migrations of this version of the package, oldest first. */
export function knownMigrations(): readonly KnownMigration[] {
  known ??= readMigrationEntries().map(({ tag, when }) => {
    const text = readFileSync(`${migrationsFolder}/${tag}.sql`, 'utf8');
    return { tag, when, hash: createHash('sha256').update(text).digest('hex'), phase: phaseOf(text) };
  });
  return known;
}

/** The newest migration that the types of this version need: what a contract migration removes, they do not have. */
export function neededMigration(migrations: readonly KnownMigration[] = knownMigrations()): string {
  const needed = migrations.findLast(({ phase }) => phase === 'expand');
  if (!needed) throw new Error(`No migration in ${migrationsFolder} makes anything.`);
  return needed.tag;
}

/** Asks a database. Reads the tracking table and the migrator's log; throws what Postgres says where it may not. */
export async function checkCompatibility(db: DatabaseOrTransaction): Promise<Compatibility> {
  return judge(knownMigrations(), await readApplied(db));
}

/** Throws `IncompatibleDatabaseError` unless the database has what is needed. To be called when an application starts. */
export async function assertCompatible(db: DatabaseOrTransaction): Promise<Compatibility> {
  const compatibility = await checkCompatibility(db);
  if (!compatibility.ok) throw new IncompatibleDatabaseError(compatibility);
  return compatibility;
}

export class IncompatibleDatabaseError extends Error {
  override readonly name = 'IncompatibleDatabaseError';
  readonly compatibility: Compatibility;
  constructor(compatibility: Compatibility) {
    super(compatibility.message);
    this.compatibility = compatibility;
  }
}

/** A row of the tracking table, with what the log says of it. */
export interface AppliedMigration {
  readonly hash: string;
  readonly when: number | null;
  readonly tag: string | undefined;
  readonly phase: Phase | 'unknown';
}

/** Pure: `checkCompatibility` without the database. */
export function judge(migrations: readonly KnownMigration[], applied: readonly AppliedMigration[]): Compatibility {
  const free = new Set(applied);
  const take = (fits: (row: AppliedMigration) => boolean) => {
    const row = [...free].find(fits);
    return row !== undefined && free.delete(row);
  };
  // As the migrator pairs them: what is equal in both first, then an edited file, then a stamp that was moved.
  const left = [
    (one: KnownMigration) => (row: AppliedMigration) => row.hash === one.hash && row.when === one.when,
    (one: KnownMigration) => (row: AppliedMigration) => row.hash === one.hash,
    (one: KnownMigration) => (row: AppliedMigration) => row.when === one.when,
  ].reduce<readonly KnownMigration[]>((open, fits) => open.filter((one) => !take(fits(one))), migrations);
  const needed = neededMigration(migrations);
  const missing = left.filter(({ phase }) => phase === 'expand').map(({ tag }) => tag);
  const ahead = [...free]
    .map(({ tag, when, phase }) => ({ tag, when, phase }))
    .sort((a, b) => (a.when ?? 0) - (b.when ?? 0));
  const found = migrations.findLast((one) => !left.includes(one))?.tag;
  const state = stateOf(missing, ahead);
  const facts = { needed, found, missing, ahead };
  return { state, ok: state === 'current' || state === 'ahead', ...facts, message: messageOf(state, facts) };
}

function stateOf(missing: readonly string[], ahead: readonly ForeignMigration[]): CompatibilityState {
  if (ahead.some(({ phase }) => phase !== 'expand')) return 'incompatible';
  if (missing.length > 0) return 'behind';
  return ahead.length > 0 ? 'ahead' : 'current';
}

function messageOf(
  state: CompatibilityState,
  { needed, found, missing, ahead }: Pick<Compatibility, 'needed' | 'found' | 'missing' | 'ahead'>,
): string {
  const here = found === undefined ? 'has no migration of it' : `is at \`${found}\``;
  switch (state) {
    case 'current':
      return `The database has \`${needed}\`.`;
    case 'ahead':
      return `The database has \`${needed}\`, and ${count(ahead.length, 'newer migration')} that only add to it.`;
    case 'behind':
      return `This version needs the migration \`${needed}\`, and the database ${here}: ${count(missing.length, 'migration')} missing. Run \`migrator migrate\` (in the repository \`pnpm db:migrate\`) before this version starts.`;
    case 'incompatible':
      return `The database ${here}, and has ${list(ahead.filter(({ phase }) => phase !== 'expand'))}, which this version does not know. Start the version of the application that was made for it, or roll the database back with \`migrator rollback\`.`;
  }
}

function list(migrations: readonly ForeignMigration[]): string {
  const names = migrations.slice(0, 3).map(({ tag, when, phase }) => {
    const name = tag === undefined ? `one stamped ${when ?? 'nothing'}` : `\`${tag}\``;
    return phase === 'contract' ? `the contract migration ${name}` : `${name}, applied by a tool that keeps no log`;
  });
  return names.join(', ') + (migrations.length > 3 ? ` and ${migrations.length - 3} more` : '');
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

const LOG_TABLE = '__migrator_log';
/** Directives stand in the comments at the top. */
const TOP_OF_A_FILE = 20_000;

async function readApplied(db: DatabaseOrTransaction): Promise<readonly AppliedMigration[]> {
  const table = sql`${sql.identifier(migrationsSchema)}.${sql.identifier(migrationsTable)}`;
  const log = sql`${sql.identifier(migrationsSchema)}.${sql.identifier(LOG_TABLE)}`;
  const [exists] = await db.execute<{ rows: boolean; log: boolean }>(sql`
    select to_regclass(${`"${migrationsSchema}"."${migrationsTable}"`}) is not null as rows,
      to_regclass(${`"${migrationsSchema}"."${LOG_TABLE}"`}) is not null as log`);
  if (!exists?.rows) return [];
  const logged = exists.log
    ? sql`left join lateral (select tag, left(up_sql, ${sql.raw(String(TOP_OF_A_FILE))}) as top from ${log} l
        where l.hash = r.hash and l.created_at = r.created_at and l.tracking_table = ${migrationsTable}
          and direction = 'up' and status = 'applied' order by id desc limit 1) l on true`
    : sql`cross join (select null::text as tag, null::text as top) l`;
  // Of what the package knows, the log need not be asked.
  const rows = await db.execute<{ hash: string; when: string | null; tag: string | null; top: string | null }>(sql`
    select r.hash, r.created_at::text as when, l.tag, l.top from ${table} r ${logged} order by r.id`);
  return rows.map(({ hash, when, tag, top }) => ({
    hash,
    when: when === null ? null : Number(when),
    tag: tag ?? undefined,
    phase: top === null ? ('unknown' as const) : phaseOf(top),
  }));
}

/** `-- migrator: phase=contract` among the comments before the first statement. */
function phaseOf(text: string): Phase {
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    if (/^\s*--\s*migrator:\s*phase\s*=\s*contract\s*$/.test(line)) return 'contract';
    if (!/^\s*(?:--.*)?$/.test(line)) break;
  }
  return 'expand';
}
