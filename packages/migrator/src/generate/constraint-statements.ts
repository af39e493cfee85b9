import { quoteIdent } from '../sql/quote.js';
import { checkSql, createIndex, createPolicy, createView, foreignKeySql, list, relation, uniqueSql } from './ddl.js';
import type { Item, Kind } from './items.js';
import {
  addCheckOnline,
  addForeignKeyOnline,
  addIndexOnline,
  addPrimaryKeyOnline,
  addUniqueOnline,
  addUnvalidated,
} from './online.js';
import type { Operation } from './operations.js';
import { inOrder } from './order.js';
import { coming, createdTables, hasKey, isOf, type Scene, tableOf } from './scene.js';
import type { Snapshot, Table } from './snapshot.js';

export function renameParts({ changes, after }: Scene): Operation[] {
  return changes.renamed.map(({ from, to }) => {
    const table = tableOf(after, to);
    const [old, name] = [quoteIdent(from.name), quoteIdent(to.name)];
    if (from.kind === 'index' || (from.kind === 'primary-key' && from.data.implied))
      return { sql: `ALTER INDEX ${relation({ schema: table.schema, name: from.name })} RENAME TO ${name}` };
    if (from.kind === 'policy') return { sql: `ALTER POLICY ${old} ON ${relation(table)} RENAME TO ${name}` };
    return { sql: `ALTER TABLE ${relation(table)} RENAME CONSTRAINT ${old} TO ${name}` };
  });
}

export function addConstraints(scene: Scene): Operation[] {
  const { after, forms } = scene;
  const tables = createdTables(scene);
  const items = coming(scene);
  const ranks: readonly Kind[] = ['primary-key', 'unique', 'check', 'index', 'foreign-key'];
  return ranks.flatMap((kind) =>
    items
      .filter((item) => item.kind === kind)
      .flatMap((item): Operation[] => {
        const isNew = tables.has(item.table);
        if (isNew && (kind === 'primary-key' || kind === 'unique' || kind === 'check')) return [];
        const isRead = !forms.unvalidated?.has(item.key);
        return constraintOperations(item, tableOf(after, item), { online: forms.online && !isNew, isRead });
      }),
  );
}

/** `isRead`: the rows that are there are held to it, too. */
function constraintOperations(
  item: Item,
  table: Table,
  { online, isRead }: { readonly online: boolean; readonly isRead: boolean },
): Operation[] {
  const add = (what: string): Operation[] => [{ sql: `ALTER TABLE ${relation(table)} ADD ${what}` }];
  switch (item.kind) {
    case 'primary-key':
      return online
        ? addPrimaryKeyOnline(item.data, table)
        : add(`CONSTRAINT ${quoteIdent(item.name)} PRIMARY KEY (${list(item.data.columns)})`);
    case 'unique':
      return online ? addUniqueOnline(item.data, table) : add(uniqueSql(item.data));
    case 'check':
      if (!isRead) return [addUnvalidated(checkSql(item.data), table)];
      return online ? addCheckOnline(item.data, table) : add(checkSql(item.data));
    case 'index':
      return online
        ? addIndexOnline(item.data, table)
        : [{ sql: createIndex(item.data, table, { concurrently: false }) }];
    case 'foreign-key':
      if (!isRead) return [addUnvalidated(foreignKeySql(item.data), table)];
      return online ? addForeignKeyOnline(item.data, table) : add(foreignKeySql(item.data));
    default:
      return [];
  }
}

export function addViewsAndPolicies(scene: Scene): Operation[] {
  const { before, after, changes } = scene;
  const items = coming(scene);
  const switchRls = (item: Item, snapshot: Snapshot, what: string) => ({
    sql: `ALTER TABLE ${relation(tableOf(snapshot, item))} ${what} ROW LEVEL SECURITY`,
  });
  return [
    ...inOrder(items.filter(isOf('view'))).map(({ data }) => ({ sql: createView(data) })),
    ...items.filter(isOf('rls')).map((item) => switchRls(item, after, 'ENABLE')),
    ...changes.dropped
      .filter((item) => item.kind === 'rls' && !hasKey(changes.dropped, `table:${item.table}`))
      .map((item) => switchRls(item, before, 'DISABLE')),
    ...items
      .filter(isOf('policy'))
      .map((item) => ({ sql: createPolicy(item.data, item.data.on ?? relation(tableOf(after, item))) })),
  ];
}
