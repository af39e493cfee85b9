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

/** The same for sessions that idle between two transactions. Not to be used behind a pooler, where it would reach other clients. */
export function stayOpenSql(serverVersion: number): string {
  return serverVersion >= 14 ? 'set idle_session_timeout = 0' : 'select 1';
}
