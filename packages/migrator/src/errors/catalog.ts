/** Exit codes of the command line: the contract that scripts depend on. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  refused: 3,
  database: 4,
  notUpToDate: 5,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * Every error code the engine can throw. A code is permanent: people search for it and scripts compare it.
 * `docs/errors.md` has a heading for each; a test keeps the two in step.
 */
export const errorCatalog = {
  bug: exitCodes.bug,

  'wrong-usage': exitCodes.usage,
  'no-config': exitCodes.usage,
  'config-failed': exitCodes.usage,
  'invalid-config': exitCodes.usage,
  'unsupported-dialect': exitCodes.usage,
  'no-database-url': exitCodes.usage,
  'unknown-migration': exitCodes.usage,
  'needs-confirmation': exitCodes.usage,
  'fleet-list': exitCodes.usage,

  'port-taken': exitCodes.usage,
  'studio-failed': exitCodes.usage,

  'folder-unreadable': exitCodes.usage,
  'folder-unwritable': exitCodes.usage,

  'backup-unwritable': exitCodes.usage,
  'backup-unreadable': exitCodes.usage,
  'pg-dump-unsuitable': exitCodes.usage,
  'unknown-snapshot': exitCodes.usage,

  'schema-failed': exitCodes.usage,
  'drizzle-kit-missing': exitCodes.usage,
  'vague-name': exitCodes.usage,

  'layout-unsupported': exitCodes.refused,
  'journal-missing': exitCodes.refused,
  'journal-malformed': exitCodes.refused,
  'journal-version': exitCodes.refused,
  refused: exitCodes.refused,
  'history-moved': exitCodes.refused,
  'gate-closed': exitCodes.refused,
  'snapshot-unusable': exitCodes.refused,
  'unclear-rename': exitCodes.refused,
  'generate-unproven': exitCodes.refused,
  'baseline-differs': exitCodes.refused,
  'squash-unproven': exitCodes.refused,
  'pull-failed': exitCodes.refused,
  'introspect-unproven': exitCodes.refused,
  'backup-unproven': exitCodes.refused,
  'roles-missing': exitCodes.refused,
  'restore-differs': exitCodes.refused,

  'push-production': exitCodes.refused,
  'push-migrated': exitCodes.refused,
  'push-loses-data': exitCodes.refused,
  'push-unproven': exitCodes.refused,

  'sample-unreadable': exitCodes.usage,
  'sample-mismatch': exitCodes.refused,
  'sample-row-refused': exitCodes.refused,

  'connection-failed': exitCodes.database,
  'authentication-failed': exitCodes.database,
  'database-missing': exitCodes.database,
  'permission-denied': exitCodes.database,
  'read-only-database': exitCodes.database,
  'tracking-table-invalid': exitCodes.database,
  'lock-not-obtained': exitCodes.database,
  'lock-lost': exitCodes.database,
  'gate-unreadable': exitCodes.database,
  'lock-timeout': exitCodes.database,
  'connection-lost': exitCodes.database,
  'statement-failed': exitCodes.database,
  'backfill-key': exitCodes.database,
  'backfill-row-failed': exitCodes.database,
  'backfill-paused': exitCodes.database,
  'purge-failed': exitCodes.database,
  'backup-failed': exitCodes.database,
  'restore-failed': exitCodes.database,
  'database-in-use': exitCodes.database,

  'embedded-unsupported': exitCodes.usage,
  'embedded-binaries-missing': exitCodes.usage,
  'embedded-init-failed': exitCodes.database,
  'embedded-start-failed': exitCodes.database,
  'embedded-disk-full': exitCodes.database,
  'embedded-port-taken': exitCodes.database,
  'embedded-version-mismatch': exitCodes.database,
  'embedded-not-ours': exitCodes.database,

  interrupted: exitCodes.interrupted,
  terminated: exitCodes.terminated,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof errorCatalog;
