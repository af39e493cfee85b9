import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { findingCodes } from '../src/core/finding-codes.js';
import { errorCatalog } from '../src/errors/catalog.js';

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const src = readdirSync(pathOf('../src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !/(?:catalog|finding-codes)\.ts$/.test(path))
  .map((path) => readFileSync(pathOf(`../src/${path}`), 'utf8'))
  .join('\n');

/** The text below each `## code`. */
function sectionsOf(page: string): Map<string, string> {
  const [, ...parts] = readFileSync(pathOf(`../../../docs/${page}`), 'utf8').split(/^## /m);
  return new Map(parts.map((part) => [part.split('\n')[0] ?? '', part.slice(part.indexOf('\n'))]));
}

describe('docs/errors.md', () => {
  const sections = sectionsOf('errors.md');

  test('has every error code, in the order of the catalog, and no other', () => {
    expect([...sections.keys()]).toEqual(Object.keys(errorCatalog));
  });

  test.each(Object.entries(errorCatalog))('tells when %s happens, its exit code and what to do', (code, exitCode) => {
    expect(sections.get(code)).toMatch(
      new RegExp(`^\\n\\nExit code ${exitCode}\\. \\S[\\s\\S]+\\n\\n\\*\\*What to do:\\*\\* \\S`),
    );
  });

  test.each(Object.keys(errorCatalog))('%s is thrown somewhere', (code) => {
    expect(src).toContain(`'${code}'`);
  });
});

describe('docs/findings.md', () => {
  const sections = sectionsOf('findings.md');

  test('has every finding code, in the order of the list, and no other', () => {
    expect([...sections.keys()]).toEqual([...findingCodes]);
  });

  test.each(findingCodes)('tells what %s means, its severity and what to do', (code) => {
    expect(sections.get(code)).toMatch(
      /^\n\nSeverity: (?:error|warning|info)[^.]*\. \S[\s\S]+\n\n\*\*What to do:\*\* \S/,
    );
  });

  test.each(findingCodes)('%s is found somewhere', (code) => {
    expect(src).toContain(`'${code}'`);
  });
});
