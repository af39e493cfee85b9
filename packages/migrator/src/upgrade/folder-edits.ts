import type { Migration } from '../core/types.js';
import { type FileEdit, JOURNAL_PATH } from '../folder/edits.js';
import { type NewFolder, nameFolders } from './folder-names.js';

/** What a folder of 0.31 holds besides its migrations. */
export interface OldFolder {
  /** In the order of the journal, with their downs. */
  readonly migrations: readonly Migration[];
  /** A path of a migration as a path within the folder, with `/`. */
  readonly within: (path: string) => string;
  /** Texts of the snapshots, by their path within the folder. */
  readonly snapshots: ReadonlyMap<string, string>;
}

/** One file that is elsewhere afterwards. Paths within the folder, with `/`. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

export interface FolderUpgrade {
  readonly folders: readonly NewFolder[];
  readonly moves: readonly Move[];
  readonly edits: readonly FileEdit[];
}

/** The edits that bring a folder of 0.31 to the layout of drizzle 1.0: SQL, snapshots and ways back are carried along. Pure. */
export function planFolderUpgrade(old: OldFolder): FolderUpgrade {
  const folders = nameFolders(old.migrations);
  const edits = new Map<string, FileEdit>();
  const moves: Move[] = [];
  const move = (from: string, to: string, text: string, reason: string) => {
    if (from === to) return;
    moves.push({ from, to });
    edits.set(to, { path: to, text, reason });
    if (!edits.has(from)) edits.set(from, { path: from, text: null, reason: `moved to ${to}` });
  };
  for (const { migration, name } of folders) {
    const from = old.within(migration.path);
    if (migration.file) move(from, `${name}/migration.sql`, migration.file.sql, `migration ${migration.tag}`);
    if (migration.down) {
      move(old.within(migration.down.path), `${name}/down.sql`, migration.down.sql, `way back of ${migration.tag}`);
    }
    const snapshot = snapshotOf(migration, from, old);
    if (!snapshot) continue;
    move(snapshot.path, `${name}/snapshot.json`, snapshot.text, `snapshot of ${migration.tag}`);
    // An upgrade that stopped has left a copy.
    if (old.snapshots.has(snapshot.copy))
      edits.set(snapshot.copy, { path: snapshot.copy, text: null, reason: `moved to ${name}/snapshot.json` });
  }
  edits.set(JOURNAL_PATH, { path: JOURNAL_PATH, text: null, reason: 'drizzle 1.0 has no journal' });
  return { folders, moves, edits: [...edits.values()] };
}

/** A snapshot is known by the number of a tag: of several with one number, it belongs to the last. */
function snapshotOf(migration: Migration, from: string, { migrations, snapshots }: OldFolder) {
  const prefix = migration.tag.split('_')[0] ?? '';
  const copy = `meta/${prefix}_snapshot.json`;
  const beside = from.replace(/migration\.sql$/, 'snapshot.json');
  const moved = beside === from ? undefined : snapshots.get(beside);
  if (moved !== undefined) return { path: beside, text: moved, copy };
  const last = migrations.findLast(({ tag }) => tag.split('_')[0] === prefix);
  const text = last === migration ? snapshots.get(copy) : undefined;
  return text === undefined ? undefined : { path: copy, text, copy };
}
