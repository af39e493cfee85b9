import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';
import { withOutputs } from './page.js';
import { play, type Surprise } from './play.js';

const guide = fileURLToPath(new URL('../../../../docs/guide/', import.meta.url));
const pages = readdirSync(guide).filter((name) => name.endsWith('.md'));

describe('docs/guide: who copies every block gets what the page shows; `vitest -u` writes what it printed', () => {
  // All at once, on cores that others use too.
  test.concurrent.for(pages)('%s', { timeout: 240_000 }, async (name, { expect }) => {
    const page = readFileSync(guide + name, 'utf8');
    const surprises = await play(page);
    const printed = new Map(surprises.map(({ line, printed }) => [line, printed]));
    const told = (some: readonly Surprise[]) => some.map((each) => describeSurprise(name, each)).join('\n\n');
    await expect(withOutputs(page, printed))
      .toMatchFileSnapshot(guide + name)
      // Its own message has neither the line nor the exit code.
      .catch(() => expect.fail(told(surprises)));
    expect(told(surprises.filter(({ exitCode }) => exitCode !== 0))).toBe('');
  });
});

function describeSurprise(name: string, { line, command, exitCode, expected, printed }: Surprise): string {
  return [
    `docs/guide/${name}:${line}: \`${command}\`${exitCode ? ` ended with ${exitCode}` : ''}`,
    'The page has:',
    ...expected,
    'It printed:',
    ...printed,
  ].join('\n');
}
