import { defineRule } from '../rule.js';
import { baseType, nameOf, tableElements, typeText } from '../syntax.js';

/** Bytes that values of these types begin at a multiple of; other types: 4. */
const ALIGNMENT: Readonly<Record<string, number>> = {
  int8: 8,
  bigserial: 8,
  serial8: 8,
  float8: 8,
  timestamp: 8,
  timestamptz: 8,
  time: 8,
  int2: 2,
  smallserial: 2,
  bool: 1,
  uuid: 1,
  char: 1,
};

/** Sizes of what is not as large as its alignment. */
const SIZE: Readonly<Record<string, number>> = { uuid: 16 };

export const columnAlignment = defineRule({
  id: 'column-alignment',
  title: 'The order of the columns wastes space in every row.',
  severity: 'info',
  preset: 'none',
  category: 'practice',
  consequence: 'Postgres puts bytes between a small value and a large one behind it. Told from 8 bytes a row on.',
  fix: 'Wide columns of fixed size first (bigint, timestamps), then integers, then small ones, then text.',
  on: ['CreateStmt'],
  check({ node }) {
    const types = tableElements(node).columns.map((column) => baseType(typeText(column.typeName)));
    const fixed = types.filter((type) => type in ALIGNMENT || /^(?:int4|serial|float4|date)$/.test(type));
    const wasted = padding(fixed) - padding([...fixed].sort((a, b) => alignmentOf(b) - alignmentOf(a)));
    if (wasted < 8) return [];
    return [
      { message: `In another order, each row of \`${nameOf(node.relation).shown}\` is ${wasted} bytes smaller.` },
    ];
  },
});

const alignmentOf = (type: string) => ALIGNMENT[type] ?? 4;

function padding(types: readonly string[]): number {
  let at = 0;
  let wasted = 0;
  for (const type of types) {
    const gap = (alignmentOf(type) - (at % alignmentOf(type))) % alignmentOf(type);
    wasted += gap;
    at += gap + (SIZE[type] ?? alignmentOf(type));
  }
  return wasted;
}
