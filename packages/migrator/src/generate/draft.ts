import { randomUUID } from 'node:crypto';
import type { GenerateConfig } from '../config/config.js';
import type { Phase } from '../core/types.js';
import type { NewMigration, Place } from '../folder/write-migrations.js';
import { openTrash } from '../recoverable/index.js';
import { fileText } from './file-text.js';
import type { Part } from './parts.js';
import { ORIGIN_ID, type Snapshot } from './snapshot.js';

export interface DraftOptions {
  readonly config: GenerateConfig;
  readonly name: string;
  readonly places: readonly Place[];
  readonly prefixes: readonly string[];
  readonly trash: string | undefined;
  readonly phase?: Phase | undefined;
  /** Snapshot that the first one follows. */
  readonly latest: Snapshot;
}

/** The files of the parts of one change. */
export function draftMigrations(parts: readonly Part[], options: DraftOptions): NewMigration[] {
  let prevId = options.latest.id;
  return parts.map((part, index): NewMigration => {
    const prefix = options.prefixes[index] ?? '';
    const snapshot = { ...part.after, id: randomUUID(), prevId };
    prevId = snapshot.id;
    return {
      tag: tagOf(prefix, options.name, part.suffix),
      prefix,
      ...partTexts(part, options),
      snapshot: snapshotText(snapshot),
    };
  });
}

export function tagOf(prefix: string, name: string, suffix: string): string {
  return `${prefix}_${name}${suffix ? `_${suffix}` : ''}`;
}

/** Up and down file of one part. */
export function partTexts(
  part: Part,
  { config, trash, phase }: Pick<DraftOptions, 'config' | 'trash' | 'phase'>,
): { up: string; down: string } {
  const { breakpoints } = config;
  const opening = part.recoverable ? openTrash(trash).map((sql) => ({ sql })) : [];
  return {
    up: fileText([...opening, ...part.up], {
      direction: 'up',
      breakpoints,
      noTransaction: part.online,
      phase,
      recoverable: part.recoverable,
      gone: [],
    }),
    down: fileText(part.down, {
      direction: 'down',
      breakpoints,
      noTransaction: false,
      recoverable: false,
      gone: part.up.flatMap(({ loses }) => loses ?? []),
    }),
  };
}

/** Keys in the order in which drizzle-kit writes them. */
const SNAPSHOT_KEYS = [
  'id',
  'prevId',
  'version',
  'dialect',
  'tables',
  'enums',
  'schemas',
  'sequences',
  'roles',
  'policies',
  'views',
] as const satisfies readonly (keyof Snapshot)[];

/** As drizzle-kit writes it: the ids first, two spaces, no newline at the end. */
export function snapshotText(snapshot: Snapshot): string {
  const written = { ...snapshot, prevId: snapshot.prevId || ORIGIN_ID };
  const entries = SNAPSHOT_KEYS.map((key) => [key, written[key]] as const);
  return JSON.stringify({ ...Object.fromEntries(entries), _meta: { columns: {}, schemas: {}, tables: {} } }, null, 2);
}
