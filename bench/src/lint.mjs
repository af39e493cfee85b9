import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { squawkCases } from './lint-cases.mjs';
import { rotate, runTimed } from './measure.mjs';
import { print, progress } from './print.mjs';
import { MIGRATOR } from './tools.mjs';

const WORK = fileURLToPath(new URL('../.work/lint/', import.meta.url));
const PAGES = fileURLToPath(new URL('../../docs/rules/', import.meta.url));
const SQUAWK = createRequire(import.meta.url).resolve('squawk-cli/js/bin/squawk');

/** The lint of `check` beside squawk: on a long history, on the pages of our rules, and on an example of each rule of squawk's. */
export async function lint({ migrations, runs }) {
  print(`\n### lint of ${migrations} migrations\n`);
  const files = makeHistory(migrations);
  const findings = {};
  const candidate = (name, args, ended) => ({
    name,
    run: async () => {
      const result = await runTimed({ file: process.execPath, args, cwd: WORK, env: process.env, expected: ended });
      findings[name] = result.output;
      return result;
    },
  });
  const results = await rotate(
    [
      candidate('migrator check --skip-rehearsal', [MIGRATOR, 'check', '--skip-rehearsal', '--json'], 3),
      candidate('squawk', [SQUAWK, '--assume-in-transaction', '--reporter', 'json', ...files], 1),
    ],
    { runs, warmUp: true, onProgress: (done) => progress(`lint ${done}/${runs}`) },
  );
  const counts = results.map(({ name }) => countOf(findings[name]));
  printRows(
    ['tool', 'median ms', 'min-max', 'CPU s', 'peak MiB', 'findings'],
    results.map(({ name, wallMs, minMs, maxMs, cpuS, peakMiB }, n) => [
      name,
      Math.round(wallMs),
      `${Math.round(minMs)}-${Math.round(maxMs)}`,
      cpuS.toFixed(2),
      Math.round(peakMiB),
      counts[n],
    ]),
  );
  sideBySide();
}

function printRows(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  print([line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}

function countOf(output) {
  const json = JSON.parse(output.slice(output.search(/^[[{]/m)));
  return Array.isArray(json) ? json.length : json.findings.filter(({ docs }) => docs).length;
}

/** What squawk says of nearly every statement. */
const ALWAYS = new Set(['require-lock-timeout', 'require-statement-timeout', 'prefer-robust-stmts']);

/** What each tool says about SQL that ours, or squawk, has a rule for. */
function sideBySide() {
  const pages = readdirSync(PAGES).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const ours = pages.map((name) => {
    const text = readFileSync(join(PAGES, name), 'utf8');
    const [, info = '', sql = ''] = /^```sql bad(.*)\n([\s\S]*?)\n```$/m.exec(text) ?? [];
    const isOn = /\| Severity \| \w+; on by default \|/.test(text);
    return { rule: name.slice(0, -3), sql, isOn, isPlain: info.trim() === '' };
  });
  print('\n### What squawk says where a rule of ours is on by default\n');
  print(`Left out: ${[...ALWAYS].join(', ')}, which it says of nearly every statement.\n`);
  const plain = ours.filter(({ isOn, isPlain }) => isOn && isPlain);
  const rows = plain.map(({ rule, sql }) => [
    rule,
    squawk(sql)
      .filter((name) => !ALWAYS.has(name))
      .join(', ') || 'nothing',
  ]);
  printRows(['our rule, and its first bad SQL', 'squawk'], rows);
  const missed = rows.filter(([, said]) => said === 'nothing').length;
  print(`\n${missed} of ${rows.length} are not seen by squawk.`);
  print('\n### What ours says where squawk has a rule\n');
  const theirs = Object.entries(squawkCases).map(([rule, { setup = '', sql }]) => [
    rule,
    squawk(sql).includes(rule) ? 'yes' : 'no',
    migrator(setup, sql, 'recommended').join(', ') || 'nothing',
    migrator(setup, sql, 'strict').join(', ') || 'nothing',
  ]);
  printRows(['rule of squawk', 'squawk finds it', 'ours, by default', 'ours, `strict`'], theirs);
}

function squawk(sql) {
  const { stdout } = spawnSync(process.execPath, [SQUAWK, '--assume-in-transaction', '--reporter', 'json'], {
    input: sql,
    encoding: 'utf8',
  });
  const start = stdout.indexOf('[');
  return start === -1 ? [] : [...new Set(JSON.parse(stdout.slice(start)).map(({ rule_name: name }) => name))].sort();
}

function migrator(setup, sql, preset) {
  const folder = join(WORK, 'case');
  rmSync(folder, { recursive: true, force: true });
  writeFolder(folder, [setup || 'SELECT 1;', sql]);
  const { stdout } = spawnSync(
    process.execPath,
    [MIGRATOR, 'check', '--skip-rehearsal', '--json', '--preset', preset],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  const { findings } = JSON.parse(stdout);
  return [
    ...new Set(findings.filter(({ docs, tag }) => docs && tag.startsWith('0001')).map(({ code }) => code)),
  ].sort();
}

/** As drizzle-kit writes them: a table for every four migrations, then columns, indexes, foreign keys, changes of type. */
function makeHistory(count) {
  rmSync(WORK, { recursive: true, force: true });
  const texts = Array.from({ length: count }, (_, n) => {
    const table = `"table_${Math.floor(n / 4)}"`;
    return [
      ...(n % 4 === 0
        ? [
            `CREATE TABLE ${table} (\n\t"id" serial PRIMARY KEY NOT NULL,\n\t"title" text NOT NULL,\n\t"user_id" integer\n)`,
          ]
        : []),
      `ALTER TABLE ${table} ADD COLUMN "c_${n}" text DEFAULT 'x' NOT NULL`,
      `CREATE INDEX "i_${n}" ON ${table} USING btree ("title","c_${n}")`,
      `ALTER TABLE ${table} ADD CONSTRAINT "f_${n}" FOREIGN KEY ("user_id") REFERENCES "public"."table_0"("id") ON DELETE no action ON UPDATE no action`,
      `ALTER TABLE ${table} ALTER COLUMN "c_${n}" SET DATA TYPE varchar(50)`,
      `UPDATE ${table} SET "title" = lower("title") WHERE "id" > 5`,
      `ALTER TABLE ${table} DROP COLUMN "c_${n}"`,
    ].join(';--> statement-breakpoint\n');
  });
  writeFolder(WORK, texts);
  return texts.map((_, n) => `drizzle/${tagOf(n)}.sql`);
}

const tagOf = (n) => `${String(n).padStart(4, '0')}_change`;

function writeFolder(folder, texts) {
  mkdirSync(join(folder, 'drizzle/meta'), { recursive: true });
  const entries = texts.map((text, idx) => {
    writeFileSync(join(folder, `drizzle/${tagOf(idx)}.sql`), text);
    return { idx, version: '7', when: 1_700_000_000_000 + idx * 60_000, tag: tagOf(idx), breakpoints: true };
  });
  writeFileSync(
    join(folder, 'drizzle/meta/_journal.json'),
    JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  );
  writeFileSync(join(folder, 'drizzle.config.json'), JSON.stringify({ dialect: 'postgresql', out: './drizzle' }));
}
