import { expect, test } from 'vitest';
import { isExpected, linesOf, veil } from './output.js';
import { blocksOf, withOutputs } from './page.js';

const page = `# Title

\`\`\`ts title=src/a.ts
export const a = 1;
\`\`\`

\`\`\`console
$ one \\
  more
first
$ two
\`\`\`

\`\`\`yaml
on: push
\`\`\`
`;

test('blocks have their lines, and commands their output', () => {
  expect(blocksOf(page)).toEqual([
    { kind: 'file', line: 3, path: 'src/a.ts', text: 'export const a = 1;\n' },
    {
      kind: 'console',
      line: 7,
      steps: [
        { line: 8, command: 'one \\\n  more', height: 2, expected: ['first'] },
        { line: 11, command: 'two', height: 1, expected: [] },
      ],
    },
    { kind: 'plain', line: 14, language: 'yaml' },
  ]);
  expect(() => blocksOf('```sh\nls\n')).toThrow('The block of line 1 has no end.');
});

test('outputs are written where they belong', () => {
  const outputs = new Map([
    [8, ['1', '2']],
    [11, ['3']],
  ]);
  expect(withOutputs(page, outputs)).toBe(page.replace('first\n$ two\n', '1\n2\n$ two\n3\n'));
});

test.each([
  [['a', 'b'], ['a', 'b'], true],
  [['a', 'b'], ['a'], false],
  [['a'], ['a', 'b'], false],
  [['took 5 ms (x)'], ['took … (x)'], true],
  [['took 5 ms (y)'], ['took … (x)'], false],
  [['a', 'b', 'c'], ['…', 'c'], true],
  [['c'], ['…', 'c'], true],
  [['a', 'b'], ['a', '…', 'c'], false],
  [['a.b'], ['a+b'], false],
  [[], [], true],
])('%j against %j: %s', (output, expected, answer) => {
  expect(isExpected(output, expected)).toBe(answer);
});

test('what differs between runs is veiled, and the ends of lines do not count', () => {
  expect(linesOf('a  \n\nb\n\n')).toEqual(['a', '', 'b']);
  expect(linesOf('\n')).toEqual([]);
  expect(veil('✓ 0001_songs  12 ms at me@localhost:5432/x in /tmp/p', ['/tmp/p'])).toBe('✓ 0001_songs  … at … in …');
});
