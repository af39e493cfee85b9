import type { Finding, HeldBack, Migration, MigrationStatus, Phase } from '../core/types.js';
import { readDirectives } from '../sql/directives.js';

/** What the migration's file says; a file that says nothing expands. */
export function phaseOf({ file }: Pick<Migration, 'file'>): Phase {
  return (file && readDirectives(file.sql).phase) ?? 'expand';
}

/**
 * What `--phase expand` leaves pending of `open`, the migrations without a row in order of execution: the first that contracts,
 * and all behind it, because migrations run in order. Pure.
 */
export function heldBackOf(open: readonly MigrationStatus[]): readonly HeldBack[] {
  const first = open.findIndex(({ migration }) => phaseOf(migration) === 'contract');
  const held = first === -1 ? [] : open.slice(first);
  let behind: string | undefined;
  return held.map(({ migration }): HeldBack => {
    const { tag } = migration;
    const phase = phaseOf(migration);
    const entry = { tag, phase, ...(behind !== undefined && { behind }) };
    if (phase === 'contract') behind = tag;
    return entry;
  });
}

/** What there is to say of migrations that are held back. Pure. */
export function heldBackFindings(held: readonly HeldBack[], statuses: readonly MigrationStatus[]): Finding[] {
  const fileOf = (tag: string) => {
    const path = statuses.find(({ migration }) => migration.tag === tag)?.migration.path;
    return path === undefined ? {} : { at: { file: path } };
  };
  return held.map(({ tag, phase, behind }): Finding => {
    if (phase === 'contract') {
      return {
        code: 'contract-held-back',
        severity: 'info',
        tag,
        ...fileOf(tag),
        message: `\`${tag}\` is a contract migration, and stays pending.`,
        fix: 'Deploy the applications; then run `migrator migrate --phase contract --wait 10m`, which waits until nobody uses any more what it takes away.',
      };
    }
    return {
      code: 'expand-held-back',
      severity: 'warning',
      tag,
      ...fileOf(tag),
      message: `\`${tag}\` stays pending too: it stands behind the contract migration \`${behind}\`.`,
      consequence:
        'An application that needs it must not be deployed before the contract migration has run. drizzle-kit would apply both.',
      fix: `Run \`migrator migrate --phase contract --wait 10m\` first; or, while no database has either, put it before \`${behind}\`.`,
    };
  });
}

/** Contract migrations that nobody has been asked about, upon a database that applications may use. Pure. */
export function ungatedFindings(open: readonly MigrationStatus[]): Finding[] {
  return open
    .filter(({ migration }) => phaseOf(migration) === 'contract')
    .map(
      ({ migration: { tag, path } }): Finding => ({
        code: 'contract-ungated',
        severity: 'info',
        tag,
        at: { file: path },
        message: `\`${tag}\` is a contract migration: it takes away what an application that is still running may use. Nobody was asked.`,
        fix: 'Where applications run meanwhile, use `migrator migrate --phase expand`, deploy them, and then run `migrator migrate --phase contract --wait 10m`.',
      }),
    );
}

/** A phase that is misspelt would count as none, and what takes away would run before the gate. Pure. */
export function unknownPhaseFindings(
  migrations: readonly Pick<Migration, 'tag' | 'path' | 'file'>[],
  severity: 'error' | 'warning',
): Finding[] {
  return migrations.flatMap(({ tag, path, file }): Finding[] => {
    const word = file && readDirectives(file.sql).unknownPhase;
    if (word === undefined) return [];
    return [
      {
        code: 'unknown-phase',
        severity,
        tag,
        at: { file: path },
        message: `\`${tag}\` says \`-- migrator: ${word}\`, and there is no such phase.`,
        consequence: 'It counts as an expand migration: nobody would be asked before it runs.',
        fix: 'Write `-- migrator: phase=contract` or `-- migrator: phase=expand`.',
      },
    ];
  });
}
