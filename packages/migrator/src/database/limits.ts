import type { Session } from './session.js';

/**
 * `set_config` calls that lift the time limits which servers and roles set against forgotten sessions: a run waits, holds
 * its lock silently, and may rightly take long. By the server's major version, because an unknown name is an error; a scan
 * of pg_settings would cost more than all the rest of a short transaction. `local`: for this transaction only.
 */
export function liftLimits(serverVersion: number, scope: 'transaction' | 'session'): string {
  const names = ['statement_timeout', 'idle_in_transaction_session_timeout'];
  if (serverVersion >= 17) names.push('transaction_timeout');
  return names.map((name) => `set_config('${name}', '0', ${scope === 'transaction'})`).join(', ');
}

/**
 * The same for a session that idles between its transactions, while a run waits (`idle_session_timeout`, since 14). Sent without
 * waiting for the answer. Not to be used behind a pooler, where the setting would reach other clients.
 */
export function stayOpen(session: Session, serverVersion: number): void {
  if (serverVersion >= 14) session.run('set idle_session_timeout = 0').catch(() => {});
}
