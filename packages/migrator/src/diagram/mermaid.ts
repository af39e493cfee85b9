import type { Mark, PictureColumn, Reference, SchemaPicture } from './types.js';

/** The picture as text of Mermaid's `erDiagram`, which GitHub, GitLab and many editors draw. Pure. */
export function renderMermaid({ tables, references }: SchemaPicture): string {
  const names = uniqueNames(tables.map(({ id }) => id));
  const nameOf = (id: string) => names.get(id) ?? quoted(id);
  const marks = new Set(tables.flatMap(({ mark }) => mark ?? []));
  return [
    'erDiagram',
    ...references.map((reference) => `  ${relation(reference, nameOf)}`),
    ...tables.flatMap(({ id, columns, details, mark }) => [
      `  ${nameOf(id)}${mark ? `:::${mark}` : ''} {`,
      ...columns.map((column) => `    ${attribute(column)}`),
      ...details.flatMap((detail) =>
        detail.mark
          ? [
              `    ${word(detail.name.split(' ')[0] ?? '')} ${word(detail.name.replace(/^\S+ /, ''))} ${quoted(detail.mark)}`,
            ]
          : [],
      ),
      '  }',
    ]),
    ...[...marks].sort().map((mark) => `  classDef ${mark} ${STYLES[mark]}`),
    '',
  ].join('\n');
}

const STYLES: Readonly<Record<Mark, string>> = {
  added: 'stroke:#1a7f37,stroke-width:3px',
  removed: 'stroke:#cf222e,stroke-width:3px,stroke-dasharray:6 4',
  changed: 'stroke:#9a6700,stroke-width:3px',
};

/** The one side is what the key points at. */
function relation(
  { from, to, fromColumns, isUnique, isOptional, mark }: Reference,
  nameOf: (id: string) => string,
): string {
  const one = isOptional ? '|o' : '||';
  const many = isUnique ? 'o|' : 'o{';
  const label = fromColumns.join(', ') + (mark ? ` (${mark})` : '');
  return `${nameOf(to)} ${one}--${many} ${nameOf(from)} : ${quoted(label)}`;
}

function attribute({ name, type, notNull, isPrimaryKey, isForeignKey, mark, was }: PictureColumn): string {
  const keys = [isPrimaryKey && 'PK', isForeignKey && 'FK'].filter(Boolean).join(', ');
  const [shownType, shownName] = [word(type), word(name)];
  const remarks = [
    mark && (was ? `${mark} from ${was.type}${was.notNull ? ' not null' : ''}` : mark),
    // Mermaid takes neither blanks nor commas in names and types: there the comment says them.
    shownName !== name && name,
    shownType !== type && type,
    notNull && !isPrimaryKey && 'not null',
  ].filter((remark) => typeof remark === 'string');
  return [shownType, shownName, keys, remarks.length > 0 && quoted(remarks.join(', '))].filter(Boolean).join(' ');
}

/** As Mermaid's grammar takes a type or a name of an attribute. */
function word(text: string): string {
  const plain = text.replace(/ /g, '_').replace(/[^A-Za-z0-9_()[\]\u00c0-\uffff-]+/g, '_');
  // `PK` and its kin are words of the grammar.
  return /^[A-Za-z_\u00c0-\uffff]/.test(plain) && !/^[PFU]K$/i.test(plain) ? plain : `_${plain}`;
}

function quoted(text: string): string {
  return `"${text
    .replace(/["\\]/g, "'")
    .replace(/[%~]/g, '_')
    .replace(/[\r\n\v\b]+/g, ' ')}"`;
}

/** Names that differ only in what cannot be said get a number. */
function uniqueNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    ids.map((id) => {
      let name = quoted(id);
      for (let count = 2; taken.has(name); count += 1) name = quoted(`${id} (${count})`);
      taken.add(name);
      return [id, name];
    }),
  );
}
