import { defineRule } from '../rule.js';

export const extensionUpgrade = defineRule({
  id: 'extension-upgrade',
  title: 'ALTER EXTENSION … UPDATE runs a script of the extension.',
  severity: 'warning',
  preset: 'recommended',
  category: 'practice',
  consequence:
    'What it locks and changes depends on the versions; there is seldom a way back, and another server may offer another version.',
  fix: 'Read the release notes, name the version (UPDATE TO …), and try it on a copy.',
  on: ['AlterExtensionStmt'],
  check: ({ node }) => [{ message: `\`${String(node.extname)}\` is updated by its own script.` }],
});
