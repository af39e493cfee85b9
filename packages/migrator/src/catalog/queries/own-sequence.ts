/** The options of a sequence, as pg_sequence has them. Texts, because JSON numbers end at 2^53. */
export interface SequenceOptions {
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
  readonly cache: string;
  readonly cycle: boolean;
}

/** A JSON object of `SequenceOptions`, for an alias of pg_sequence. */
export function sequenceOptions(alias: string): string {
  const q = alias;
  return `json_build_object('type', format_type(${q}.seqtypid, null), 'start', ${q}.seqstart::text, 'increment', ${q}.seqincrement::text,
    'min', ${q}.seqmin::text, 'max', ${q}.seqmax::text, 'cache', ${q}.seqcache::text, 'cycle', ${q}.seqcycle)`;
}

/**
 * Sequences that are part of a column: those of identity columns, and those that a column owns and takes its default from
 * (serial). Their names are made up by Postgres and stay behind when tables and columns are renamed, so they do not count.
 * Columns: seqid, relid, attnum, schema, name, options.
 */
export const OWN_SEQUENCES = `
  select s.oid as seqid, d.refobjid as relid, d.refobjsubid as attnum, sn.nspname as schema, s.relname as name,
    ${sequenceOptions('q')} as options
  from pg_depend d
    join pg_class s on s.oid = d.objid and s.relkind = 'S'
    join pg_sequence q on q.seqrelid = s.oid
    join pg_namespace sn on sn.oid = s.relnamespace
    left join pg_attrdef f on f.adrelid = d.refobjid and f.adnum = d.refobjsubid
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
    and (d.deptype = 'i' or d.deptype = 'a' and pg_get_expr(f.adbin, f.adrelid) = format('nextval(%L::regclass)', s.oid::regclass::text))`;

const LARGEST: Readonly<Record<string, bigint>> = {
  smallint: 32_767n,
  integer: 2_147_483_647n,
  bigint: 9_223_372_036_854_775_807n,
};

/** What differs from what Postgres gives a sequence by itself, in its words; `usualType` is not said. */
export function describeSequence(options: SequenceOptions, usualType: string): string {
  const largest = LARGEST[options.type] ?? 0n;
  const rises = !options.increment.startsWith('-');
  const min = rises ? '1' : String(-largest - 1n);
  const max = rises ? String(largest) : '-1';
  return [
    options.type !== usualType && `as ${options.type}`,
    options.increment !== '1' && `increment by ${options.increment}`,
    options.min !== min && `minvalue ${options.min}`,
    options.max !== max && `maxvalue ${options.max}`,
    options.start !== (rises ? options.min : options.max) && `start with ${options.start}`,
    options.cache !== '1' && `cache ${options.cache}`,
    options.cycle && 'cycle',
  ]
    .filter(Boolean)
    .join(' ');
}
