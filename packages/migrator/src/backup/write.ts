import { Transform } from 'node:stream';
import { createGzip, gzipSync } from 'node:zlib';
import { type CatalogOptions, hashCatalog, readCatalogInside } from '../catalog/index.js';
import type { Session } from '../database/session.js';
import type { ConnectionTarget } from '../database/target.js';
import type { TrackingNames } from '../database/tracking.js';
import { VERSION } from '../version.js';
import { beginDump } from './begin.js';
import { openPgDump, type PgDumpOptions } from './pg-dump.js';
import {
  copyOutSql,
  LARGE_OBJECTS,
  readLargeObjects,
  readSequences,
  readSource,
  readTracking,
  type Source,
  type SourceTable,
} from './read-database.js';
import { restoreScript } from './restore-script.js';
import type { TarWriter } from './tar.js';
import { type DumpedTable, FORMAT, FORMAT_VERSION, type Manifest, type OnBackupEvent } from './types.js';

/** Level 6, the default of gzip, takes nearly twice as long for 6 % less. */
const GZIP = { level: 4 };

/** What has written a catalog: another release may read more of one. */
export const TOOL = `@melodia/migrator ${VERSION}`;

/** What is compared after a restore: all that the catalog knows, but not how new an extension is. */
export const COMPARED: CatalogOptions = { comments: true, owners: true, grants: true };

export interface DumpOptions extends PgDumpOptions {
  readonly tracking: TrackingNames;
  readonly createdAt: Date;
  readonly onEvent: OnBackupEvent;
}

/**
 * Writes a database as the members of an archive: one transaction, one snapshot, one connection, and as much memory as the
 * widest row takes. Throws what the server says, what pg_dump says (`PgDumpError`), and what the file system says.
 */
export async function dumpDatabase(
  session: Session,
  target: ConnectionTarget,
  tar: TarWriter,
  options: DumpOptions,
): Promise<Manifest> {
  options.onEvent({ type: 'phase', text: 'reading the schema' });
  const { major, pid } = await beginDump(session, options.lockTimeoutMs);
  const server = { major, pooled: session.isPooled(pid) };
  const dumper = await openPgDump(session, target, server, options);
  const preData = await dumper.dump('pre-data');
  const postData = await dumper.dump('post-data');
  const catalog = await readCatalogInside(session, COMPARED);
  // A policy that hides rows must be an error, not a backup without them.
  await session.run('set local row_security = off; set local enable_nestloop = on');
  const source = await readSource(session, major);
  const tracking = await readTracking(session, options.tracking);
  options.onEvent({
    type: 'backup-started',
    database: source.name,
    tables: source.tables.length,
    pgDump: dumper.description,
    passedOver: dumper.passedOver,
  });
  for (const message of leftOut(source)) options.onEvent({ type: 'warning', message });

  const files = source.tables.map((table, index) => fileOf(table, index));
  await tar.add('restore.sql', restoreScript(source, files));
  await tar.add('pre-data.sql', preData);
  const tables = await dumpTables(session, tar, { source, files }, options.onEvent);
  await tar.add('sequences.sql', await readSequences(session, source.sequences));
  if (source.largeObjects > 0) await dumpLargeObjects(session, tar, options.onEvent);
  await tar.add('post-data.sql', postData);
  await session.run('rollback');
  const { name, serverVersion, system, properties, encoding } = source;
  const manifest: Manifest = {
    format: FORMAT,
    version: FORMAT_VERSION,
    createdAt: options.createdAt.toISOString(),
    tool: TOOL,
    pgDump: dumper.description,
    server: { version: serverVersion, major, address: addressOf(target), ...(system !== null && { system }) },
    database: { name, ...properties },
    tracking,
    ...(encoding !== undefined && { encoding }),
    tables,
    sequences: source.sequences.length,
    largeObjects: source.largeObjects,
    foreignTables: source.foreignTables,
    catalogHash: hashCatalog(catalog),
  };
  await tar.add('catalog.json.gz', gzipSync(JSON.stringify([...catalog.values()]), GZIP));
  await tar.add('manifest.json', `${JSON.stringify(manifest, null, 2)}\n`);
  // Last of all: an archive without it is not whole.
  await tar.add('SHA256SUMS', tar.checksums);
  await tar.finish();
  return manifest;
}

function leftOut({ foreignTables, unreadable, subscriptions }: Source): readonly string[] {
  return [
    ...foreignTables.map((name) => `The rows of the foreign table ${name} live elsewhere and are not part of it.`),
    ...unreadable.map((name) => `The rows of the unlogged table ${name} are not on a standby, and so not part of it.`),
    ...subscriptions.map((name) => `The subscription ${name} is not part of it: only a superuser can read it.`),
  ];
}

/** Of all hosts, so that it does not depend on which one has answered. */
export function addressOf({ hosts }: ConnectionTarget): string {
  return hosts.map(({ host, port }) => `${host}:${port}`).join(',');
}

/** Numbered, so that no two are alike, with the name for people where a file name can hold it. */
function fileOf({ schema, name }: SourceTable, index: number): string {
  const label = `${schema}.${name}`.replace(/[^A-Za-z0-9_.-]/g, '_').slice(0, 60);
  return `data/${String(index + 1).padStart(4, '0')}-${label}.copy.gz`;
}

async function dumpTables(
  session: Session,
  tar: TarWriter,
  { source, files }: { readonly source: Source; readonly files: readonly string[] },
  onEvent: OnBackupEvent,
): Promise<readonly DumpedTable[]> {
  const { encoding } = source;
  const total = source.tables.length;
  const weight = (table: SourceTable) => table.size + 8192;
  const all = source.tables.reduce((sum, table) => sum + weight(table), 0);
  const dumped: DumpedTable[] = [];
  let behind = 0;
  for (const [index, table] of source.tables.entries()) {
    const [started, file, label] = [performance.now(), files[index] ?? '', `${table.schema}.${table.name}`];
    const counter = new RowCounter((rows, bytes) => {
      // A table on disk is about as large as its rows as text; with statistics it can be told better.
      const part = table.estimatedRows > 0 ? rows / table.estimatedRows : bytes / weight(table);
      const share = (behind + Math.min(part, 1) * weight(table)) / all;
      onEvent({ type: 'table-progress', table: label, position: index + 1, total, bytes, share });
    });
    const rows = await tar.stream(file, (sink) =>
      session.copyOut(copyOutSql(table, encoding), [counter, createGzip({ ...GZIP, chunkSize: BATCH })], sink),
    );
    if (rows !== counter.rows)
      throw new Error(`The server says that it sent ${rows} rows of ${label}, and ${counter.rows} have arrived.`);
    behind += weight(table);
    dumped.push({
      file,
      schema: table.schema,
      name: table.name,
      columns: table.columns,
      rows,
      bytes: counter.bytes,
      ...(table.condition !== null && { ofExtension: true as const }),
      ...(table.through && { through: table.through }),
    });
    onEvent({
      type: 'table-finished',
      table: label,
      position: index + 1,
      total,
      rows,
      bytes: counter.bytes,
      durationMs: performance.now() - started,
    });
  }
  return dumped;
}

async function dumpLargeObjects(session: Session, tar: TarWriter, onEvent: OnBackupEvent): Promise<void> {
  onEvent({ type: 'phase', text: 'large objects' });
  await tar.add('large-objects.sql', await readLargeObjects(session));
  await tar.stream('large-objects.copy.gz', (sink) =>
    session.copyOut(`copy (${LARGE_OBJECTS}) to stdout`, [createGzip({ ...GZIP, chunkSize: BATCH })], sink),
  );
}

/** Compressing costs a hand-over to another thread each time, which is more than a row is worth. */
const BATCH = 1 << 17;

/**
 * Passes on what flows through it in large pieces, and counts. A line of COPY's text form is a row: line ends in values are
 * escaped. The server sends a piece per row.
 */
export class RowCounter extends Transform {
  rows = 0;
  bytes = 0;
  #parts: Buffer[] = [];
  #held = 0;
  #told = performance.now();
  #tell: (rows: number, bytes: number) => void;

  constructor(tell: (rows: number, bytes: number) => void) {
    super({ highWaterMark: BATCH });
    this.#tell = tell;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) this.rows += 1;
    this.bytes += chunk.length;
    this.#parts.push(chunk);
    this.#held += chunk.length;
    if (this.#held >= BATCH) this.#passOn();
    done();
  }

  override _flush(done: () => void): void {
    this.#passOn();
    done();
  }

  #passOn(): void {
    if (this.#held > 0) this.push(Buffer.concat(this.#parts, this.#held));
    this.#parts = [];
    this.#held = 0;
    if (performance.now() - this.#told < 100) return;
    this.#told = performance.now();
    this.#tell(this.rows, this.bytes);
  }
}
