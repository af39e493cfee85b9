import { inverted, type Rename } from '../generate/renames.js';

/** By what names the database has now what renames have moved: a schema with what is in it, a table, a column. Pure. */
export function oldNames(renames: readonly Rename[]): (parts: readonly string[]) => readonly string[] {
  const back = inverted(renames);
  return ([schema = '', name = '', column]) => {
    const home = back.find(({ kind, from }) => kind === 'schema' && from === schema)?.to ?? schema;
    const moved = back.find(
      ({ kind, from }) => (kind === 'table' || kind === 'sequence') && from === `${home}.${name}`,
    )?.to;
    const at = moved?.indexOf('.') ?? -1;
    const was = moved === undefined ? [home, name] : [moved.slice(0, at), moved.slice(at + 1)];
    const known = back.find(
      ({ kind, from, within }) => kind === 'column' && from === column && within === was.join('.'),
    )?.to;
    return [...was, ...(column === undefined ? [] : [known ?? column])];
  };
}
