import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { rules } from '../../src/lint/index.js';
import { loadParser, parseStatements } from '../../src/sql/parse.js';
import { lintBlock, pagesFolder, readPages } from './pages.js';
import { renderIndex, withHead } from './render-pages.js';

beforeAll(loadParser);

const pages = readPages();
const ruleOf = (id: string) => rules.find((rule) => rule.id === id);

describe.each(pages)('the page of $id', ({ id, setup, bad, good, text }) => {
  test('has a setup, bad and good SQL that Postgres can read', () => {
    expect([setup, bad.length, good.length]).toEqual([
      expect.stringMatching(/\S/),
      expect.any(Number),
      expect.any(Number),
    ]);
    expect(Math.min(bad.length, good.length)).toBeGreaterThan(0);
    for (const sql of [setup, ...good.map((block) => block.sql)])
      expect([sql, parseStatements(sql)?.length]).toEqual([sql, expect.any(Number)]);
    for (const { sql } of bad)
      expect([sql, parseStatements(sql)?.length]).toEqual([
        sql,
        id === 'unreadable-sql' ? undefined : expect.any(Number),
      ]);
  });

  test.each(bad)('bad: $sql', (block) => {
    const findings = lintBlock(setup, block, ruleOf(id));
    expect(findings.map(({ code, message }) => [code, message])).toEqual([[id, expect.any(String)]]);
  });

  test.each(good)('good: $sql', (block) => {
    expect(lintBlock(setup, block, ruleOf(id)).map(({ code, message }) => [code, message])).toEqual([]);
  });

  test('begins with what the rule says of itself', async () => {
    const rule = ruleOf(id);
    await expect(rule && withHead(text, rule)).toMatchFileSnapshot(`${pagesFolder}${id}.md`);
  });
});

describe('the list of rules', () => {
  test('is that of the files, in the order of their names, and each has its page', () => {
    const files = readdirSync(fileURLToPath(new URL('../../src/lint/rules', import.meta.url)))
      .filter((name) => name !== 'index.ts')
      .map((name) => name.replace(/\.ts$/, ''));
    expect(rules.map(({ id }) => id)).toEqual(files.sort());
    expect(rules.filter(({ id }) => !existsSync(`${pagesFolder}${id}.md`))).toEqual([]);
    expect(pages.map(({ id }) => id)).toEqual(files);
  });

  test('is docs/rules/README.md', async () => {
    await expect(renderIndex(rules)).toMatchFileSnapshot(`${pagesFolder}README.md`);
  });

  test.each(rules)('$id is worded as the others are', ({ id, title, consequence, fix }) => {
    expect([id, title, consequence, fix]).toEqual([
      expect.stringMatching(/^[a-z0-9.-]+$/),
      expect.stringMatching(/^\w.*\.$/),
      expect.stringMatching(/^\w.*\.$/),
      expect.stringMatching(/\S\.$/),
    ]);
  });
});
