import type { Classification } from '../compatibility/index.js';
import type { Finding, Migration, Phase } from '../core/types.js';
import { readDirectives } from '../sql/directives.js';

export type Bump = 'major' | 'minor' | 'patch' | 'none';

/** A changeset that the base does not have, and what it says of the package. */
export interface WrittenChangeset {
  /** Relative to the working folder. */
  readonly path: string;
  readonly bump: Bump;
}

/** What the migrations since a revision mean for the version of the package that holds them. */
export interface ChangesetSuggestion {
  readonly package: string;
  /** `major`: one of them takes away what the version before uses; `minor`: they only add. Null: there are none. */
  readonly bump: 'major' | 'minor' | null;
  readonly migrations: readonly {
    readonly tag: string;
    readonly phase: Phase;
    /** First thing that the version before would miss, where a rehearsal has shown one. */
    readonly because?: string;
  }[];
  /** Changesets that are there already. */
  readonly written: readonly WrittenChangeset[];
  /** One of them asks for as much, or nothing has to be asked for. */
  readonly covered: boolean;
  /** The changeset to write, where none covers it; relative to the working folder, and whole. */
  readonly suggested?: { readonly path: string; readonly text: string };
}

export interface ChangesetPlace {
  readonly package: string;
  /** Relative to the working folder, as messages show it. */
  readonly folder: string;
  readonly written: readonly WrittenChangeset[];
  /** Names of files that are there, of whatever package. */
  readonly taken?: readonly string[];
}

const RANK: Readonly<Record<Bump, number>> = { none: 0, patch: 1, minor: 2, major: 3 };

/**
 * A migration contracts if its file says so, or if its rehearsal has shown that the version before it would break. Pure.
 */
export function suggestChangeset(
  added: readonly Migration[],
  classifications: readonly Classification[],
  place: ChangesetPlace,
): ChangesetSuggestion {
  const migrations = added.map(({ tag, file }) => {
    const measured = classifications.find((classification) => classification.tag === tag);
    const declared = file && readDirectives(file.sql).phase;
    const phase: Phase = declared === 'contract' || measured?.phase === 'contract' ? 'contract' : 'expand';
    const because = measured?.changes.find(({ effect }) => effect === 'breaks')?.message;
    return { tag, phase, ...(because !== undefined && { because }) };
  });
  const contracts = migrations.some(({ phase }) => phase === 'contract');
  const bump = migrations.length === 0 ? null : contracts ? 'major' : 'minor';
  const covered = bump === null || place.written.some((changeset) => RANK[changeset.bump] >= RANK[bump]);
  return {
    package: place.package,
    bump,
    migrations,
    written: place.written,
    covered,
    ...(bump !== null && !covered && { suggested: draft(bump, migrations, place) }),
  };
}

function draft(
  bump: Bump,
  migrations: ChangesetSuggestion['migrations'],
  { package: name, folder, taken = [] }: ChangesetPlace,
): { path: string; text: string } {
  const last = migrations.findLast(({ phase }) => bump === 'minor' || phase === 'contract')?.tag ?? '';
  const stem = last.replace(/^\d+_/, '').replace(/[^A-Za-z0-9]+/g, '-');
  const names = [`${stem}.md`, ...taken.map((_, index) => `${stem}-${index + 2}.md`)];
  const file = names.find((candidate) => !taken.includes(candidate)) ?? `${last}.md`;
  const lines = migrations.map(
    ({ tag, phase, because }) =>
      `- \`${tag}\`${phase === 'contract' ? ` (contract)${because ? `: ${because}` : ''}` : ''}`,
  );
  return {
    path: `${folder}/${file}`,
    text: `---\n'${name}': ${bump}\n---\n\nMigrations:\n\n${lines.join('\n')}\n`,
  };
}

/** A version that breaks its users without saying so. Pure. */
export function changesetFindings(suggestion: ChangesetSuggestion, migrations: readonly Migration[]): Finding[] {
  const { package: name, bump, covered, suggested, written } = suggestion;
  if (covered || suggested === undefined) return [];
  const cause = suggestion.migrations.find(({ phase }) => bump === 'minor' || phase === 'contract');
  const path = migrations.find(({ tag }) => tag === cause?.tag)?.path;
  const lower = written[0];
  return [
    {
      code: 'changeset-missing',
      severity: 'warning',
      ...(cause && { tag: cause.tag }),
      ...(path !== undefined && { at: { file: path, line: 1 } }),
      message: `\`${cause?.tag}\` ${bump === 'major' ? 'takes away what the version before it uses' : 'adds to the schema'}: that is a ${bump} of ${name}, and ${lower ? `the changeset ${lower.path} says ${lower.bump}` : 'no changeset says so'}.`,
      consequence:
        bump === 'major'
          ? 'Those who install the package would get it as an update that is safe.'
          : 'Those who install the package would not get it, as no version is published.',
      fix: lower
        ? `Write \`'${name}': ${bump}\` into ${lower.path}.`
        : `Run \`npx changeset\` and choose ${bump} for ${name}; or write ${suggested.path} as \`migrator check --json\` has it.`,
    },
  ];
}

/** What a changeset says of a package; undefined where it does not name it, or is none. */
export function bumpIn(text: string, name: string): Bump | undefined {
  const [, front = ''] = /^\uFEFF?---\s*\r?\n([\s\S]*?)\r?\n---/.exec(text) ?? [];
  for (const line of front.split(/\r?\n/)) {
    const [, , named, bump] = /^\s*(["']?)(.+?)\1\s*:\s*["']?(major|minor|patch|none)["']?\s*$/.exec(line) ?? [];
    if (named === name) return bump as Bump;
  }
  return undefined;
}
