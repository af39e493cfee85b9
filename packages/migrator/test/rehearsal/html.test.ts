import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { check } from '../../src/api/check.js';
import { renderHtml } from '../../src/report/html/page.js';
import { openPage } from '../setup/chromium.js';
import { createDatabase, serverUrl } from '../setup/database.js';
import { makeFolder, makeProject } from '../setup/project.js';

/** Would change the title, or ask for a file, if any of it got into the page as anything but text. */
const ATTACK = `</pre><script>document.title = 'taken'</script><img src="http://127.0.0.1:9/x" onerror="document.title = 'taken'">`;

async function reportOf(files: Readonly<Record<string, string>>) {
  const project = makeProject(await createDatabase(), files);
  const generate = { schema: [], casing: undefined, prefix: 'index', breakpoints: true } as const;
  return check(
    { ...project, relativeTo: project.root, generate: generate as never },
    { scratchUrl: serverUrl(), rows: 20 },
  );
}

test('the page of a check opens in a browser, shows locks and findings, and takes SQL for nothing but text', async () => {
  const report = await reportOf({
    '0000_songs': 'create table songs (id int primary key, title text, plays int);',
    '0001_bigger': `-- ${ATTACK}\nalter table songs alter column plays type bigint;\nupdate songs set title = $$${ATTACK}$$;`,
    '0002_indexed': 'create index concurrently songs_title on songs (title);',
  });
  const page = renderHtml(report);
  expect(page).not.toContain(ATTACK.slice(6));
  // Nothing to fetch, nothing to run: these are all the elements and attributes that there are.
  const tags = [...page.matchAll(/<([a-z]\w*)((?:\s+[\w-]+(?:="[^"]*")?)*)\s*\/?>/g)];
  const attributes = tags.flatMap(([, , text = '']) => [...text.matchAll(/([\w-]+)="([^"]*)"/g)]);
  expect(tags.map(([, name]) => name)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/script|img|link|iframe/)]),
  );
  expect(attributes.filter(([, name = '']) => /^(?:src|on|style)/.test(name))).toEqual([]);
  expect(attributes.filter(([, name, value = '']) => name === 'href' && !value.startsWith('#'))).toEqual([]);
  const path = join(makeFolder(), 'report.html');
  writeFileSync(path, page);
  const { dom, console } = openPage(path);
  expect(console).toEqual([]);
  expect(dom).toContain('<title>migrator check</title>');
  expect(dom).toContain(`&lt;script&gt;document.title = 'taken'&lt;/script&gt;`);
  expect(dom).toContain('<code>0001_bigger</code>');
  expect(dom).toContain('ACCESS EXCLUSIVE');
  expect([...dom.matchAll(/<svg[^>]*role="img"/g)]).toHaveLength(3);
  expect([...dom.matchAll(/<rect[^>]*class="statement rewrite"/g)]).toHaveLength(1);
  expect([...dom.matchAll(/<rect[^>]*class="lock all"/g)]).toHaveLength(1);
}, 180_000);

test('names of tables end before the bars, and those that begin alike can be told apart', async () => {
  const names = ['plays', 'likes'].map((end) => `what_somebody_who_listens_has_done_to_a_song_${end}`);
  const report = await reportOf({
    '0000_long': names.map((name) => `create table ${name} (id int primary key, n int);`).join('\n'),
    '0001_wide': names.map((name) => `alter table ${name} alter column n type bigint;`).join('\n'),
  });
  const labels = [...renderHtml(report).matchAll(/class="label">([^<]*)</g)].map(([, text]) => text);
  expect(labels).toEqual(['statements', 'statements', 'public.what_…a_song_plays', 'public.what_…a_song_likes']);
}, 180_000);
