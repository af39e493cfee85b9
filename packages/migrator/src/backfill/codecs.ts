/** What is used of `drizzle-orm/pg-core` from 1.0 on; 0.x has none of it. */
interface PgCore {
  readonly genericPgCodecs?: Readonly<Record<string, unknown>>;
  readonly unionsTypeTable?: Readonly<Record<string, unknown>>;
  readonly refineGenericPgCodecs?: (codecs: Readonly<Record<string, Codec>>) => unknown;
  readonly arrayCompatNormalizeInput?: (
    write: (value: unknown) => unknown,
    asText: boolean,
  ) => (value: unknown[], dimensions: number) => unknown;
  readonly [name: string]: unknown;
}

interface Codec {
  readonly normalize?: (value: unknown) => unknown;
  readonly normalizeArray: (value: unknown) => unknown;
  readonly normalizeParam?: (value: unknown) => unknown;
  readonly normalizeParamArray: (value: unknown[], dimensions: number) => unknown;
}

/**
 * Drizzle 1.0 leaves it to the driver what a column's value is. The session gives and takes text, and arrays of it, so these are its
 * codecs; undefined for a drizzle whose columns read text themselves.
 */
export function textCodecs(core: PgCore): unknown {
  const { genericPgCodecs, unionsTypeTable, refineGenericPgCodecs, arrayCompatNormalizeInput } = core;
  if (!genericPgCodecs || !refineGenericPgCodecs || !arrayCompatNormalizeInput) return undefined;
  const reads = readers(core);
  const types = new Set(['enum', ...Object.keys({ ...genericPgCodecs, ...unionsTypeTable, ...reads })]);
  const codecs = [...types].map((type): [string, Codec] => {
    const own = reads[type];
    const read = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(read);
      return value === null || own === undefined ? value : own(value as string);
    };
    const write = /^jsonb?$/.test(type) ? JSON.stringify : undefined;
    return [
      type,
      {
        ...(own && { normalize: read }),
        normalizeArray: read,
        ...(write && { normalizeParam: write }),
        normalizeParamArray: arrayCompatNormalizeInput(write ?? ((value) => value), true),
      },
    ];
  });
  return refineGenericPgCodecs(Object.fromEntries(codecs));
}

/** How text becomes a value, by the name of drizzle's codec; text stays text where there is none. */
function readers(core: PgCore): Readonly<Record<string, (text: string) => unknown>> {
  const of = (names: string, read: unknown) =>
    names.split(' ').map((name) => [name, read as (text: string) => unknown] as const);
  return Object.fromEntries(
    [
      // The session's rows have them as booleans already, arrays of them as text.
      ...of('bool', (value: unknown) => value === true || value === 't'),
      ...of('smallint int oid smallserial serial float4 float8', Number),
      ...of('bigint:number bigserial:number numeric:number', Number),
      ...of('bigint bigserial numeric:bigint', BigInt),
      ...of('json jsonb', JSON.parse),
      ...of('bytea', core.byteaFromPgHex),
      ...of('date timestamptz', core.textToDate),
      ...of('timestamp', core.textToDateWithTz),
      ...of('point', core.parsePointXY),
      ...of('point:tuple', core.parsePointTuple),
      ...of('line', core.parseLineABC),
      ...of('line:tuple', core.parseLineTuple),
      ...of('geometry(point)', core.parseGeometryXY),
      ...of('geometry(point):tuple', core.parseGeometryTuple),
      ...of('vector halfvec', core.parsePgVector),
    ].filter(([, read]) => typeof read === 'function'),
  );
}
