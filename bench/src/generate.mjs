import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rotate, runTimed } from './measure.mjs';
import { print, printTable, progress } from './print.mjs';
import { MIGRATOR, packageFile } from './tools.mjs';

const WORK = fileURLToPath(new URL('../.work/generate/', import.meta.url));
const KIT = packageFile('drizzle-kit', 'bin.cjs');

/** `generate` of one new column behind a long history of a large schema, beside drizzle-kit's. */
export async function generate({ snapshots, tables, runs }) {
  print(`\n### generate behind ${snapshots} snapshots of ${tables} tables\n`);
  makeHistory(snapshots, tables);
  writeFileSync(join(WORK, 'schema.ts'), schema(tables, ", mood: text('mood')"));
  const files = ['drizzle', 'drizzle/meta'].map((path) => [path, new Set(readdirSync(join(WORK, path)))]);
  const journal = readFileSync(join(WORK, 'drizzle/meta/_journal.json'));
  const prepare = () => {
    for (const [path, known] of files)
      for (const name of readdirSync(join(WORK, path))) if (!known.has(name)) rmSync(join(WORK, path, name));
    writeFileSync(join(WORK, 'drizzle/meta/_journal.json'), journal);
  };
  const candidate = (name, args) => ({
    name,
    prepare,
    run: async () => {
      const result = await runTimed({ file: process.execPath, args, cwd: WORK, env: process.env });
      // drizzle-kit ends with 0 on several failures.
      const entries = JSON.parse(readFileSync(join(WORK, 'drizzle/meta/_journal.json'), 'utf8')).entries.length;
      if (entries !== snapshots + 1) throw new Error(`${name} wrote nothing:\n${result.output}`);
      return result;
    },
  });
  const results = await rotate(
    [
      candidate('migrator', [MIGRATOR, 'generate', 'add_mood']),
      candidate('drizzle-kit', [KIT, 'generate', '--name', 'add_mood']),
    ],
    { runs, warmUp: true, onProgress: progress },
  );
  printTable(results, [['migrator', 'drizzle-kit', 0.05]]);
  const [ours, theirs] = results;
  const share = ours.peakMiB / theirs.peakMiB;
  print(
    `- goal: migrator at most 0.3 of the memory of drizzle-kit: **${share.toFixed(2)}**, ${share <= 0.3 ? 'reached' : 'MISSED'}`,
  );
  rmSync(WORK, { recursive: true, force: true });
}

/** A first migration that drizzle-kit makes, and then many that change nothing, each with its snapshot. */
function makeHistory(snapshots, tables) {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  writeFileSync(
    join(WORK, 'drizzle.config.ts'),
    `export default { dialect: 'postgresql', schema: './schema.ts', out: './drizzle' };\n`,
  );
  writeFileSync(join(WORK, 'schema.ts'), schema(tables, ''));
  spawnSync(process.execPath, [KIT, 'generate', '--name', 'first'], { cwd: WORK, stdio: 'ignore' });
  const meta = join(WORK, 'drizzle/meta');
  const journal = JSON.parse(readFileSync(join(meta, '_journal.json'), 'utf8'));
  const { id, prevId: _, ...rest } = JSON.parse(readFileSync(join(meta, '0000_snapshot.json'), 'utf8'));
  const text = JSON.stringify(rest, null, 2).slice(2);
  let last = id;
  for (let idx = 1; idx < snapshots; idx += 1) {
    const prefix = String(idx).padStart(4, '0');
    const next = randomUUID();
    writeFileSync(join(meta, `${prefix}_snapshot.json`), `{\n  "id": "${next}",\n  "prevId": "${last}",\n${text}`);
    writeFileSync(join(WORK, `drizzle/${prefix}_note.sql`), `SELECT ${idx};`);
    journal.entries.push({
      idx,
      version: '7',
      when: journal.entries[0].when + idx,
      tag: `${prefix}_note`,
      breakpoints: true,
    });
    last = next;
  }
  writeFileSync(join(meta, '_journal.json'), JSON.stringify(journal, null, 2));
}

function schema(tables, extra) {
  const lines = Array.from({ length: tables }, (_, n) => {
    const reference = n > 0 && n % 3 === 0 ? `.references(() => t${n - 1}.id)` : '';
    return `export const t${n} = pgTable('table_${n}', { id: integer('id').primaryKey(), title: text('title').notNull(), n: integer('n').default(${n}), at: timestamp('at').defaultNow(), facts: jsonb('facts'), other: integer('other')${reference}${n === tables >> 1 ? extra : ''} }, (t) => [index('table_${n}_title').on(t.title)]);`;
  });
  return `import { index, integer, jsonb, pgTable, text, timestamp } from 'drizzle-orm/pg-core';\n${lines.join('\n')}\n`;
}
