import { describe, expect, test } from 'vitest';
import type { Classification } from '../compatibility/index.js';
import type { Migration } from '../core/types.js';
import { bumpIn, changesetFindings, suggestChangeset, type WrittenChangeset } from './suggest.js';

function migration(tag: string, sql = 'select 1;'): Migration {
  return { tag, position: 0, idx: 0, when: 0, path: `drizzle/${tag}.sql`, file: { sql, hash: tag } };
}

const plays = migration('0001_add_plays');
const declared = migration('0002_drop_title', '-- migrator: phase=contract\nalter table songs drop column title;');
const measured = migration('0003_drop_name');
const classifications: Classification[] = [
  { tag: plays.tag, phase: 'expand', declared: undefined, changes: [] },
  {
    tag: measured.tag,
    phase: 'contract',
    declared: undefined,
    changes: [
      { effect: 'may-refuse', kind: 'rule-added', object: 'x', message: 'A rule.' },
      { effect: 'breaks', kind: 'gone', object: 'public.songs.name', message: 'The column public.songs.name is gone.' },
    ],
  },
];

const suggest = (added: readonly Migration[], written: readonly WrittenChangeset[] = []) =>
  suggestChangeset(added, classifications, { package: '@app/db', folder: '.changeset', written });

test.each([
  { name: 'nothing new', added: [], bump: null, covered: true },
  { name: 'what only adds', added: [plays], bump: 'minor', covered: false },
  { name: 'what says that it takes away', added: [plays, declared], bump: 'major', covered: false },
  { name: 'what was seen to take away', added: [measured], bump: 'major', covered: false },
  { name: 'a minor for a minor', added: [plays], written: 'minor', bump: 'minor', covered: true },
  { name: 'a major for a minor', added: [plays], written: 'major', bump: 'minor', covered: true },
  { name: 'a minor for a major', added: [declared], written: 'minor', bump: 'major', covered: false },
  { name: 'a patch for a minor', added: [plays], written: 'patch', bump: 'minor', covered: false },
] as const)('$name: $bump, covered $covered', ({ added, bump, covered, ...rest }) => {
  const written = 'written' in rest ? [{ path: '.changeset/a.md', bump: rest.written }] : [];
  expect(suggest(added, written)).toMatchObject({ bump, covered });
  expect(changesetFindings(suggest(added, written), added)).toHaveLength(covered ? 0 : 1);
});

test('the changeset to write is whole', () => {
  expect(suggest([plays, declared, measured]).suggested).toEqual({
    path: '.changeset/drop-name.md',
    text: `---
'@app/db': major
---

Migrations:

- \`0001_add_plays\`
- \`0002_drop_title\` (contract)
- \`0003_drop_name\` (contract): The column public.songs.name is gone.
`,
  });
});

test('no file that is there is written over', () => {
  const taken = ['add-plays.md', 'add-plays-2.md'];
  const place = { package: '@app/db', folder: '.changeset', written: [], taken };
  expect(suggestChangeset([plays], classifications, place).suggested?.path).toBe('.changeset/add-plays-3.md');
});

test('a changeset that asks for too little is named', () => {
  const added = [plays, declared];
  expect(changesetFindings(suggest(added, [{ path: '.changeset/a.md', bump: 'minor' }]), added)).toEqual([
    {
      code: 'changeset-missing',
      severity: 'warning',
      tag: '0002_drop_title',
      at: { file: 'drizzle/0002_drop_title.sql', line: 1 },
      message:
        '`0002_drop_title` takes away what the version before it uses: that is a major of @app/db, and the changeset .changeset/a.md says minor.',
      consequence: 'Those who install the package would get it as an update that is safe.',
      fix: "Write `'@app/db': major` into .changeset/a.md.",
    },
  ]);
});

describe('what a changeset says of a package', () => {
  test.each([
    { text: `---\n'@app/db': major\n---\n\nText.\n`, bump: 'major' },
    { text: `---\r\n"@app/web": patch\r\n"@app/db": minor\r\n---\r\n`, bump: 'minor' },
    { text: `---\n@app/db: patch\n---\n`, bump: 'patch' },
    { text: `---\n'@app/db-tools': major\n---\n`, bump: undefined },
    { text: `---\n---\n\n'@app/db': major\n`, bump: undefined },
    { text: `Just text.`, bump: undefined },
  ])('$text', ({ text, bump }) => expect(bumpIn(text, '@app/db')).toBe(bump));
});
