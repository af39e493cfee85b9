import { defineRule } from '../rule.js';
import { droppedNames, type IndexElement, type Node, nameOf } from '../syntax.js';

export const indexReplacedWithGap = defineRule({
  id: 'index-replaced-with-gap',
  title: 'An index is dropped before the one that replaces it is built.',
  severity: 'warning',
  preset: 'recommended',
  category: 'practice',
  consequence: 'Until the new one is there, queries read the whole table.',
  fix: 'Build the new index under another name, then drop the old one (and rename, if the name matters).',
  on: ['DropStmt'],
  check(statement, { schema, isNew, later, sharesTransaction }) {
    if (statement.node.removeType !== 'OBJECT_INDEX') return [];
    return droppedNames(statement.node).flatMap((name) => {
      const table = schema.indexes.get(name.key);
      const leading = schema.tables.get(table ?? '')?.indexes.get(name.name)?.columns[0];
      if (table === undefined || leading === undefined || isNew(table)) return [];
      const successor = later().find(
        (other) =>
          other.kind === 'IndexStmt' &&
          !sharesTransaction(other) &&
          nameOf(other.node.relation).key === table &&
          firstColumn(other.node) === leading,
      );
      if (!successor) return [];
      return [{ message: `\`${name.shown}\` goes before its successor is built, on line ${successor.line}.`, table }];
    });
  },
});

function firstColumn({ indexParams }: Node): string | undefined {
  return ((indexParams ?? []) as readonly { IndexElem?: IndexElement }[])[0]?.IndexElem?.name;
}
