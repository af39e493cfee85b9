import type { Box, Layout, Point } from './boxes.js';
import { placeBoxes } from './layout.js';
import { svgStyle } from './svg-style.js';
import type { PictureColumn, PictureTable, Reference, SchemaPicture } from './types.js';

const ROW = 22;
const HEAD = 30;
const MARGIN = 28;
const PADDING = 12;
/** Width of `PK` or `FK`, with the space behind it. */
const KEYS = 34;
/** Of a character of the text, which has one width: 13 px high. */
const CHARACTER = 7.83;
const LONGEST = 48;

/** The picture as one SVG file that loads nothing: light or dark as the reader's system is. Pure; the same picture gives the same text. */
export function renderSvg(picture: SchemaPicture, title: string): string {
  const boxes = picture.tables.map(boxOf);
  const lines = picture.references.map((reference) => ({
    from: reference.to,
    to: reference.from,
    name: nameOf(reference),
  }));
  const placed = placeBoxes(boxes, lines);
  const isChange = [...picture.tables, ...picture.references].some(({ mark }) => mark);
  const [width, height] = [placed.width + 2 * MARGIN, placed.height + 2 * MARGIN + (isChange ? HEAD : 0)];
  const body = [
    ...picture.references.map((reference) => lineOf(reference, picture, placed)),
    ...picture.tables.map((table, index) => tableSvg(table, boxes[index] as Box, placed)),
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>${svgStyle}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...(isChange ? [legend()] : []),
    `<g transform="translate(${MARGIN} ${MARGIN + (isChange ? HEAD : 0)})">`,
    ...body,
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

const nameOf = ({ from, name }: Reference) => `${from} ${name}`;

/** What a table shows below its name. */
function rowsOf({ columns, details }: PictureTable): readonly Row[] {
  return [
    ...columns.map((column) => ({
      key: column.isPrimaryKey ? 'PK' : column.isForeignKey ? 'FK' : '',
      name: column.name,
      type: typeText(column),
      className: `${column.notNull ? 'required' : 'optional'}${column.mark ? ` ${column.mark}` : ''}`,
    })),
    ...details.flatMap(({ name, mark }) =>
      mark
        ? [{ key: '', name: name.replace(/^\S+ /, ''), type: name.split(' ')[0] ?? '', className: `detail ${mark}` }]
        : [],
    ),
  ];
}

interface Row {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  readonly className: string;
}

function typeText({ type, notNull, was }: PictureColumn): string {
  const shown = (what: { readonly type: string; readonly notNull: boolean }) => what.type + (what.notNull ? '' : '?');
  return was ? `${shown(was)} → ${shown({ type, notNull })}` : shown({ type, notNull });
}

function boxOf(table: PictureTable): Box {
  const rows = rowsOf(table);
  const widest = Math.max(0, ...rows.map(({ name, type }) => widthOf(shortened(name)) + widthOf(shortened(type))));
  const width = Math.max(widthOf(shortened(table.id)) + 2 * PADDING, widest + KEYS + 3 * PADDING, 140);
  return { id: table.id, width: Math.ceil(width), height: HEAD + rows.length * ROW + 6 };
}

function tableSvg(table: PictureTable, { width, height }: Box, { boxes }: Layout): string {
  const { x, y } = boxes.get(table.id) ?? { x: 0, y: 0 };
  const rows = rowsOf(table).map(({ key, name, type, className }, index) => {
    const top = HEAD + index * ROW;
    const baseline = top + 18;
    const isMarked = /added|removed|changed/.test(className);
    return [
      `<g class="row ${className}">`,
      isMarked ? `<rect class="band" x="1" y="${top + 2}" width="${width - 2}" height="${ROW}"/>` : '',
      key && `<text class="key" x="${PADDING}" y="${baseline}">${key}</text>`,
      text(name, 'name', PADDING + KEYS, baseline),
      text(type, 'type', width - PADDING, baseline),
      '</g>',
    ].join('');
  });
  return [
    `<g class="table${table.mark ? ` ${table.mark}` : ''}" transform="translate(${x} ${y})">`,
    `<rect class="box" width="${width}" height="${height}" rx="6"/>`,
    `<path class="head" d="M0 ${HEAD}V6a6 6 0 0 1 6-6H${width - 6}a6 6 0 0 1 6 6V${HEAD}Z"/>`,
    text(table.id, 'title', PADDING, 20),
    ...rows,
    '</g>',
  ].join('\n');
}

/** A text that is cut tells the whole of it to a pointer. */
function text(content: string, className: string, x: number, y: number): string {
  const shown = shortened(content);
  const whole = shown === content ? '' : `<title>${escapeXml(content)}</title>`;
  return `<text class="${className}" x="${x}" y="${y}">${whole}${escapeXml(shown)}</text>`;
}

function shortened(content: string): string {
  const characters = [...content];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : content;
}

/** Ideographs take two places. */
function widthOf(content: string): number {
  return [...content].reduce(
    (sum, character) =>
      sum +
      CHARACTER *
        (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]|\p{Extended_Pictographic}/u.test(
          character,
        )
          ? 2
          : 1),
    0,
  );
}

/** From the row of the column that is pointed at to the row of the column that points; a crow's foot is where many are. */
function lineOf(reference: Reference, picture: SchemaPicture, placed: Layout): string {
  const end = (id: string, column: string | undefined) => {
    const table = picture.tables.find((other) => other.id === id);
    const corner = placed.boxes.get(id);
    if (!table || !corner) return undefined;
    const row = Math.max(
      0,
      table.columns.findIndex(({ name }) => name === column),
    );
    return { left: corner.x, right: corner.x + boxOf(table).width, y: corner.y + HEAD + row * ROW + ROW / 2 + 2 };
  };
  const [one, many] = [end(reference.to, reference.toColumns[0]), end(reference.from, reference.fromColumns[0])];
  if (!one || !many) return '';
  const label = `${reference.from}(${reference.fromColumns.join(', ')}) → ${reference.to}(${reference.toColumns.join(', ')})`;
  const isOwn = reference.from === reference.to;
  // One that points at itself goes out and comes back on the same side.
  const startsRight = isOwn || one.right <= many.left || one.left < many.left;
  const start = { x: startsRight ? one.right : one.left, y: one.y };
  const endsRight = isOwn || !startsRight;
  const finish = { x: endsRight ? many.right : many.left, y: many.y };
  const between = placed.lines.get(nameOf(reference)) ?? [];
  const points = startsRight ? between : [...between].reverse();
  const path = isOwn ? loop(start, finish) : curve([start, ...inOrder(points, startsRight), finish], startsRight);
  const tick = startsRight ? 7 : -7;
  const side = endsRight ? 1 : -1;
  const foot = reference.isUnique
    ? `M${finish.x + 7 * side} ${finish.y - 5}v10`
    : `M${finish.x} ${finish.y - 6}l${11 * side} 6l${-11 * side} 6`;
  return [
    `<g class="reference${reference.mark ? ` ${reference.mark}` : ''}${reference.isOptional ? ' loose' : ''}"><title>${escapeXml(label)}</title>`,
    `<path class="line" d="${path}"/>`,
    `<path class="end" d="M${start.x + tick} ${start.y - 5}v10${foot}"/></g>`,
  ].join('');
}

/** Points of a layer come as a pair, from left to right. */
function inOrder(points: readonly Point[], leftToRight: boolean): readonly Point[] {
  return [...points].sort((a, b) => (leftToRight ? a.x - b.x : b.x - a.x));
}

function loop(start: Point, finish: Point): string {
  return `M${start.x} ${start.y}C${start.x + 46} ${start.y} ${finish.x + 46} ${finish.y} ${finish.x} ${finish.y}`;
}

const STUB = 14;

function curve(points: readonly Point[], leftToRight: boolean): string {
  const stub = leftToRight ? STUB : -STUB;
  const [first, last] = [points[0] as Point, points.at(-1) as Point];
  const way = [{ x: first.x + stub, y: first.y }, ...points.slice(1, -1), { x: last.x - stub, y: last.y }];
  const steps = way.slice(1).map((point, index) => {
    const from = way[index] as Point;
    if (from.y === point.y) return `H${point.x}`;
    const middle = Math.round((from.x + point.x) / 2);
    return `C${middle} ${from.y} ${middle} ${point.y} ${point.x} ${point.y}`;
  });
  return `M${first.x} ${first.y}H${first.x + stub}${steps.join('')}H${last.x}`;
}

function legend(): string {
  const marks = ['added', 'removed', 'changed'] as const;
  const parts = marks.map(
    (mark, index) =>
      `<g class="row ${mark}" transform="translate(${MARGIN + index * 110} 18)"><rect class="band" width="96" height="${ROW}"/><text class="name" x="12" y="16">${mark}</text></g>`,
  );
  return parts.join('');
}

function escapeXml(content: string): string {
  return (
    content
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML forbids them
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  );
}
