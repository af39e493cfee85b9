import type { ChangesetSuggestion } from '../changeset/suggest.js';

/** `Changeset: major for @melodia/db, as .changeset/drop-title.md says.`, or the one to write. */
export function renderChangeset({ package: name, bump, covered, written, suggested }: ChangesetSuggestion): string[] {
  if (bump === null) return [`Changeset: none for ${name}; there are no new migrations.`];
  const there = written.find((changeset) => covered && (changeset.bump === bump || changeset.bump === 'major'));
  if (there || !suggested) return [`Changeset: ${bump} for ${name}${there ? `, as ${there.path} has it` : ''}.`];
  return [
    `Changeset: ${bump} for ${name}. ${suggested.path}:`,
    '',
    ...suggested.text
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? '' : `    ${line}`)),
    '',
  ];
}

/** The same for a pull request's comment. */
export function changesetSection(suggestion: ChangesetSuggestion): string[] {
  const { package: name, bump, suggested } = suggestion;
  if (bump === null || !suggested) return [...renderChangeset(suggestion), ''];
  return [
    `### 📦 Changeset: ${bump} for ${name}`,
    '',
    `\`${suggested.path}\`:`,
    '',
    // Four backticks: the text may hold three.
    '````markdown',
    suggested.text.trimEnd(),
    '````',
    '',
  ];
}
