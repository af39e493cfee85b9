import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { blocksOf } from './page.js';

const docs = fileURLToPath(new URL('../../../../docs/', import.meta.url));
const guide = readdirSync(join(docs, 'guide')).map((name) => join('guide', name));
const read = (path: string) => readFileSync(path, 'utf8');

describe('the guide', () => {
  const contents = read(join(docs, 'README.md'));

  test.each(guide)('%s is in the table of contents', (page) => {
    expect(contents).toContain(`](${page})`);
  });

  test('lists the blocks that are not run', () => {
    const plain = guide.flatMap((page) => {
      const languages = blocksOf(read(join(docs, page))).flatMap((block) =>
        block.kind === 'plain' ? [block.language] : [],
      );
      return languages.length > 0 ? [`- ${page.replace('guide/', '')}: ${languages.join(', ')}`] : [];
    });
    expect(contents.split('\n').filter((line) => /^- [a-z-]+\.md: /.test(line))).toEqual(plain);
  });

  test.each(['README.md', 'commands.md', ...guide])('%s links to what exists', (page) => {
    const broken = linksOf(read(join(docs, page))).filter((link) => !exists(join(docs, page), link));
    expect(broken).toEqual([]);
  });
});

function linksOf(page: string): readonly string[] {
  return [...page.replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !link.startsWith('https:'));
}

function exists(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path ? join(dirname(page), path) : page;
  if (!existsSync(target)) return false;
  return !anchor || statSync(target).isDirectory() || headingsOf(read(target)).includes(anchor);
}

/** The anchors that GitHub gives to headings. */
function headingsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
