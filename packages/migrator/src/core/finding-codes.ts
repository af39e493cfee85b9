/**
 * Every code a finding can have. A code is permanent: people search for it and scripts compare it.
 * `docs/findings.md` has a heading for each; a test keeps the two in step.
 */
export const findingCodes = [
  'out-of-order',
  'edited-migration',
  'restamped-migration',
  'unknown-row',
  'half-applied',
  'edited-while-half-applied',
  'not-atomic',
  'not-applied',
  'copy-needs-client',
  'behind-pooler',
  'file-missing',
  'not-text',
  'not-utf8',
  'orphan-file',
  'invalid-entry',
  'old-journal-version',
  'duplicate-prefix',
  'duplicate-tag',
  'duplicate-migration',
  'idx-mismatch',
  'identical-files',
  'crlf-file',
  'when-not-increasing',
  'when-in-future',
  'snapshot-missing',
  'snapshot-malformed',
  'snapshot-chain-broken',
  'snapshot-fork',
  'snapshot-duplicate-id',
  'up-fails',
  'down-fails',
  'down-differs',
  'down-loses-rows',
  'up-again-differs',
] as const;

export type FindingCode = (typeof findingCodes)[number];
