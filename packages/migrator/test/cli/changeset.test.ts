import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { runCli } from '../setup/cli.js';
import { makeProject, writeFiles } from '../setup/project.js';

const songs = { '0000_songs': 'create table songs (id bigint primary key, title text);\n' };
const release = {
  ...songs,
  '0001_add_plays': 'alter table songs add column plays bigint;\n',
  '0002_drop_title': '-- migrator: phase=contract\n-- migrator: recoverable\nalter table songs drop column title;\n',
};

function setup() {
  const project = makeProject({ url: 'postgres://nobody@localhost:1/none' }, songs);
  writeFiles(project.root, {
    'drizzle.config.json': {
      dialect: 'postgresql',
      out: './drizzle',
      migrator: { changeset: { package: '@app/db' } },
    },
    '.changeset/README.md': "---\n'@app/db': major\n---\n",
    '.changeset/earlier.md': "---\n'@app/db': major\n---\n\nOf another pull request.\n",
  });
  const git = (...args: string[]) =>
    spawnSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], { cwd: project.root });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'songs');
  const downs = Object.keys(release).map((tag) => [`drizzle/${tag}.down.sql`, '-- migrator: irreversible test\n']);
  project.write(release);
  writeFiles(project.root, Object.fromEntries(downs));
  const check = (...argv: string[]) =>
    runCli(project.root, 'check', '--since', 'main', '--skip-rehearsal', '--skip-lint', ...argv);
  return { ...project, check };
}

test('check suggests the changeset of what is new since the base; a warning, unless a rule says otherwise', async () => {
  const { root, check } = setup();
  const { exitCode, shown } = await check();
  expect(exitCode).toBe(0);
  expect(shown).toMatchInlineSnapshot(`
    "  ! \`0002_drop_title\` takes away what the version before it uses: that is a major of @app/db, and no changeset says so. [changeset-missing]
        at drizzle/0002_drop_title.sql:1
        Those who install the package would get it as an update that is safe.
        Fix: Run \`npx changeset\` and choose major for @app/db; or write .changeset/drop-title.md as \`migrator check --json\` has it.

    Changeset: major for @app/db. .changeset/drop-title.md:

        ---
        '@app/db': major
        ---

        Migrations:

        - \`0001_add_plays\`
        - \`0002_drop_title\` (contract)

    Good. 3 migrations, 2 of them new; 0 proven up, down and up again; 1 warning.
    "
  `);
  expect((await check('--format', 'markdown')).out).toContain(
    "### 📦 Changeset: major for @app/db\n\n`.changeset/drop-title.md`:\n\n````markdown\n---\n'@app/db': major\n---\n",
  );
  expect((await check('--rule', 'changeset-missing=error')).exitCode).toBe(3);
  const { json } = await check('--json');
  const { suggested } = json.changeset as { suggested: { path: string; text: string } };
  expect(json.changeset).toMatchObject({
    package: '@app/db',
    bump: 'major',
    migrations: [
      { tag: '0001_add_plays', phase: 'expand' },
      { tag: '0002_drop_title', phase: 'contract' },
    ],
    written: [],
    covered: false,
  });
  // What it suggests, written as it is, covers it.
  writeFiles(root, { [suggested.path]: suggested.text });
  expect((await check('--json')).json).toMatchObject({
    changeset: { covered: true, written: [{ path: '.changeset/drop-title.md', bump: 'major' }] },
    findings: [],
  });
  const covered = await check('--rule', 'changeset-missing=error');
  expect(covered.exitCode).toBe(0);
  expect(covered.out).toContain('Changeset: major for @app/db, as .changeset/drop-title.md has it.');
});

test('without a base, or a package, there is nothing to suggest', async () => {
  const { root, check } = setup();
  const all = await runCli(root, 'check', '--skip-rehearsal', '--skip-lint', '--json');
  expect(all.json).not.toHaveProperty('changeset');
  writeFiles(root, { 'drizzle.config.json': { dialect: 'postgresql', out: './drizzle' } });
  expect((await check('--json')).json).not.toHaveProperty('changeset');
});
