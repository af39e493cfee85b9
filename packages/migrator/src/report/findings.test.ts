import { expect, test } from 'vitest';
import type { Finding } from '../core/types.js';
import { renderFindings } from './findings.js';
import { colorsFor } from './terminal.js';

const outOfOrder = (n: number): Finding => ({
  code: 'out-of-order',
  severity: 'error',
  tag: `000${n}_step`,
  message: `\`000${n}_step\` is not applied.`,
  fix: 'Run it.',
});

const render = (findings: readonly Finding[]) => renderFindings(findings, colorsFor(false));

test('up to three of a kind are told one by one', () => {
  expect(render([1, 2, 3].map(outOfOrder)).filter((line) => line.includes('not applied'))).toHaveLength(3);
});

test('of more, the first is told whole and the others are named; what only warns comes before', () => {
  const warning: Finding = { code: 'orphan-file', severity: 'warning', message: 'A file.', fix: 'Move it.' };
  expect(render([...[1, 2, 3, 4].map(outOfOrder), warning])).toEqual([
    '  ! A file. [orphan-file]',
    '    Fix: Move it.',
    '  ✗ `0001_step` is not applied. [out-of-order]',
    '    Fix: Run it.',
    '    3 more like it: 0002_step, 0003_step, 0004_step',
  ]);
});

test('without a tag it is the place that names them, and no line grows without end', () => {
  const lines = render(
    Array.from(
      { length: 40 },
      (_, n): Finding => ({
        ...outOfOrder(1),
        tag: undefined as never,
        at: { file: `drizzle/meta/${n}_snapshot.json`, line: 2 },
      }),
    ),
  );
  expect(lines[3]).toContain('39 more like it: drizzle/meta/1_snapshot.json:2, ');
  expect(lines.join(' ')).toContain('drizzle/meta/39_snapshot.json:2');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
});
