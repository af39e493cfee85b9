import { expect, test } from 'vitest';
import { codesPage } from './codes-page.js';
import { commandsPage } from './commands-page.js';
import { program } from './program.js';

const docs = '../../../../docs';

test('docs/commands.md is what --help says; `pnpm run docs` writes it', async () => {
  await expect(commandsPage(program())).toMatchFileSnapshot(`${docs}/commands.md`);
});

test('docs/codes.md has every error, finding and rule', async () => {
  await expect(codesPage()).toMatchFileSnapshot(`${docs}/codes.md`);
});
