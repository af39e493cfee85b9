import type { Session } from './session.js';

/**
 * Servers may end sessions that idle (`idle_session_timeout`, since 14): a run's sessions idle while it waits. Sent without
 * waiting for the answer. Not to be used behind a pooler, where the setting would reach other clients.
 */
export function stayOpen(session: Session): void {
  session
    .run(`select set_config(name, '0', false) from pg_settings where name = 'idle_session_timeout' and setting <> '0'`)
    .catch(() => {});
}
