import type { Finding, MigrationStatus } from '../core/types.js';

/**
 * A stamp that is not later hides a migration from databases that lack it. One that has it need not hear of it again, and where it
 * is out of order that says more. Pure.
 */
export function settleStamps(findings: readonly Finding[], statuses: readonly MigrationStatus[]): Finding[] {
  const pending = new Set(statuses.filter(({ state }) => state === 'pending').map(({ migration }) => migration.tag));
  return findings.map((finding) =>
    finding.code === 'when-not-increasing' && !pending.has(finding.tag ?? '')
      ? { ...finding, severity: 'info', fix: `Nothing to do for this database. For others: ${lowerFirst(finding.fix)}` }
      : finding,
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
