import { setTimeout as sleep } from 'node:timers/promises';
import type { Statement, Step } from '../core/types.js';
import { MigratorError } from '../errors/migrator-error.js';
import { parseStatements } from '../sql/parse.js';
import { quoteIdent, quoteLiteral, quoteName } from '../sql/quote.js';
import type { ExecuteContext } from './context.js';
import { commandOf } from './statement-error.js';

/**
 * What has to happen around a statement that runs outside of transactions, so that running it again after a kill ends as
 * running it once would have. `detail` is noted in the log before the statement starts.
 */
export interface ConcurrentWork {
  readonly detail: Readonly<Record<string, unknown>>;
  /** Puts right what an earlier attempt left. True if that attempt had finished, so that the statement must not run again. */
  prepare(): Promise<boolean>;
  /** Throws if the server reported success but the result is not usable. */
  verify(): Promise<void>;
  /** After a failure: removes what it left half built. */
  cleanUp(): Promise<void>;
}

interface RelationNode {
  readonly schemaname?: string;
  readonly relname?: string;
}

export async function concurrentWork(
  context: ExecuteContext,
  step: Step,
  statement: Statement,
): Promise<ConcurrentWork> {
  const parsed = parseStatements(statement.text)?.[0];
  const resumed = step.resume?.starting === statement.index;
  /** The run before was killed in it, and nobody knows how it ended; of one that failed it is known. */
  const mayBeDone = resumed && step.resume?.failed !== true;
  const plain = { starting: statement.index };
  const nothing: ConcurrentWork = {
    detail: plain,
    prepare: async () => false,
    verify: async () => {},
    cleanUp: async () => {},
  };
  switch (parsed?.kind) {
    case 'IndexStmt':
      return indexBuild(context, step, statement, parsed.node, { resumed, mayBeDone });
    case 'DropStmt':
      return { ...nothing, prepare: async () => mayBeDone && (await noneExists(context, parsed.node.objects)) };
    case 'ReindexStmt': {
      const noted = resumed ? (step.resume?.leftovers as readonly number[] | undefined) : undefined;
      const leftovers = noted ?? (await reindexLeftovers(context)).map(({ oid }) => oid);
      const cleanUp = () => dropReindexLeftovers(context, leftovers);
      return {
        ...nothing,
        detail: { ...plain, leftovers },
        prepare: async () => {
          if (resumed) await cleanUp();
          return false;
        },
        cleanUp,
      };
    }
    case 'AlterTableStmt':
      return { ...nothing, prepare: async () => resumed && (await finishDetach(context, parsed.node, mayBeDone)) };
    case 'CreatedbStmt':
      return {
        ...nothing,
        prepare: async () =>
          mayBeDone &&
          (await exists(
            context,
            `select from pg_database where datname = ${quoteLiteral(String(parsed.node.dbname))}`,
          )),
      };
    case 'AlterEnumStmt':
      return { ...nothing, prepare: async () => mayBeDone && (await enumValueExists(context, parsed.node)) };
    default:
      return nothing;
  }
}

interface IndexState {
  readonly oid: number;
  readonly name: string;
  readonly schema: string;
  readonly valid: boolean;
}

async function indexBuild(
  context: ExecuteContext,
  step: Step,
  statement: Statement,
  node: Readonly<Record<string, unknown>>,
  { resumed, mayBeDone }: { readonly resumed: boolean; readonly mayBeDone: boolean },
): Promise<ConcurrentWork> {
  const table = nameOf(node.relation as RelationNode | undefined);
  const name = typeof node.idxname === 'string' ? node.idxname : undefined;
  const now = await indexesOf(context, table);
  const noted = resumed ? (step.resume?.before as readonly number[] | undefined) : undefined;
  const before = noted ?? now.map(({ oid }) => oid);
  /** The indexes this statement has made: those of its name, or, if it names none, those that were not there before. */
  const ours = (indexes: readonly IndexState[]) =>
    indexes.filter((index) => (name === undefined ? !before.includes(index.oid) : index.name === name));

  const dropInvalid = async (): Promise<number> => {
    await otherBuilds(context, table);
    const invalid = ours(await indexesOf(context, table)).filter(({ valid }) => !valid);
    for (const index of invalid) {
      await context.session.run(`drop index concurrently if exists ${quoteName(index.schema, index.name)}`);
      context.emit({ type: 'repaired-index', tag: step.tag, index: statement.index, name: index.name });
    }
    return invalid.length;
  };

  return {
    detail: { starting: statement.index, before },
    // IF NOT EXISTS would take an INVALID index for the real one and report success.
    prepare: async () => {
      await dropInvalid();
      return (
        mayBeDone && ours(await indexesOf(context, table)).some(({ oid, valid }) => valid && !before.includes(oid))
      );
    },
    verify: async () => {
      const broken = ours(await indexesOf(context, table)).find(({ valid }) => !valid);
      if (!broken) return;
      await dropInvalid();
      throw new MigratorError('statement-failed', {
        message: `\`${step.tag}\` built the index ${broken.name}, but Postgres marks it INVALID; it was dropped again.`,
        where: `${step.path}:${statement.line}`,
        state: `The first ${statement.index} of ${step.statements.length} statements are kept; the next run goes on behind them.`,
        fix: `Run \`${commandOf(step)}\` again: it builds the index anew.`,
      });
    },
    cleanUp: async () => {
      await dropInvalid();
    },
  };
}

/** Plain indexes only: the index of a partitioned table is INVALID by design until every partition has its own. */
async function indexesOf(context: ExecuteContext, table: string | undefined): Promise<IndexState[]> {
  if (!table) return [];
  const rows = await context.session.rows(
    `select c.oid::int8 as oid, c.relname as name, n.nspname as schema, i.indisvalid as valid
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where i.indrelid = to_regclass(${quoteLiteral(table)}) and c.relkind = 'i'`,
  );
  return rows.map((row) => ({
    oid: Number(row.oid),
    name: String(row.name),
    schema: String(row.schema),
    valid: row.valid === true,
  }));
}

async function noneExists(context: ExecuteContext, objects: unknown): Promise<boolean> {
  const names = ((objects ?? []) as { List?: { items?: { String?: { sval?: string } }[] } }[]).map(({ List }) =>
    (List?.items ?? []).map(({ String: part }) => quoteIdent(part?.sval ?? '')).join('.'),
  );
  const rows = await context.session.rows(
    names.map((name) => `select to_regclass(${quoteLiteral(name)})::text as found`).join(' union all '),
  );
  return rows.every(({ found }) => found === null);
}

/** REINDEX CONCURRENTLY builds under names that end in _ccnew and _ccold, and leaves them when it is killed. */
async function reindexLeftovers(context: ExecuteContext): Promise<{ oid: number; schema: string; name: string }[]> {
  const rows = await context.session.rows(
    `select c.oid::int8 as oid, n.nspname as schema, c.relname as name
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where not i.indisvalid and c.relname ~ '_cc(new|old)[0-9]*$'`,
  );
  return rows.map(({ oid, schema, name }) => ({ oid: Number(oid), schema: String(schema), name: String(name) }));
}

/** Those that were there before are somebody else's. */
async function dropReindexLeftovers(context: ExecuteContext, before: readonly number[]): Promise<void> {
  for (const { oid, schema, name } of await reindexLeftovers(context)) {
    if (!before.includes(oid))
      await context.session.run(`drop index concurrently if exists ${quoteName(schema, name)}`);
  }
}

/**
 * Waits while another session builds an index on the table: what is INVALID meanwhile may be its work, and dropping it would
 * end that build. A build holds its lock on the table from beginning to end.
 */
async function otherBuilds(context: ExecuteContext, table: string | undefined): Promise<void> {
  // Postgres tells of running builds since version 12; before that, the run lock is all there is.
  if (!table || context.serverVersion < 12) return;
  const building = () =>
    context.session.rows<{ pid: number }>(
      `select p.pid from pg_stat_progress_create_index p where p.datname = current_database() and p.relid = to_regclass(${quoteLiteral(table)}) and p.pid <> pg_backend_pid()`,
    );
  for (let waited = 0; (await building()).length > 0; waited += 1) {
    if (waited === 0)
      context.emit({
        type: 'notice',
        severity: 'NOTICE',
        message: `Another session builds an index on ${table}; waiting for its end.`,
      });
    await sleep(250, undefined, { signal: context.signal });
  }
}

/** A killed DETACH … CONCURRENTLY leaves the partition half detached; only FINALIZE gets it out. */
async function finishDetach(
  context: ExecuteContext,
  node: Readonly<Record<string, unknown>>,
  mayBeDone: boolean,
): Promise<boolean> {
  const commands = (node.cmds ?? []) as { AlterTableCmd?: { def?: { PartitionCmd?: { name?: RelationNode } } } }[];
  const parent = nameOf(node.relation as RelationNode | undefined);
  const child = nameOf(commands[0]?.AlterTableCmd?.def?.PartitionCmd?.name);
  if (!parent || !child) return false;
  const [link] = await context.session.rows<{ pending: boolean }>(
    `select coalesce((to_jsonb(i) ->> 'inhdetachpending')::bool, false) as pending from pg_inherits i
     where inhparent = to_regclass(${quoteLiteral(parent)}) and inhrelid = to_regclass(${quoteLiteral(child)})`,
  );
  if (link?.pending) await context.session.run(`alter table ${parent} detach partition ${child} finalize`);
  return link?.pending || (link === undefined && mayBeDone);
}

async function enumValueExists(context: ExecuteContext, node: Readonly<Record<string, unknown>>): Promise<boolean> {
  const type = ((node.typeName ?? []) as { String?: { sval?: string } }[])
    .map(({ String: part }) => quoteIdent(part?.sval ?? ''))
    .join('.');
  return exists(
    context,
    `select from pg_enum where enumtypid = to_regtype(${quoteLiteral(type)}) and enumlabel = ${quoteLiteral(String(node.newVal))}`,
  );
}

async function exists(context: ExecuteContext, query: string): Promise<boolean> {
  return (await context.session.rows(query)).length > 0;
}

function nameOf(relation: RelationNode | undefined): string | undefined {
  if (!relation?.relname) return undefined;
  return relation.schemaname ? quoteName(relation.schemaname, relation.relname) : quoteIdent(relation.relname);
}
