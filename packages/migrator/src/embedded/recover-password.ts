import type { Binaries } from './binaries.js';
import type { Login } from './database.js';
import { startFailed } from './failures.js';
import { type RunAs, runAs } from './run-as.js';

/**
 * Sets a password in a cluster whose password was lost with the state file. Single-user mode asks for none: whoever can
 * run it can read the data files anyway. The server must be stopped.
 */
export function recoverPassword(binaries: Binaries, who: RunAs, dataDirectory: string, login: Login): void {
  const args = ['--single', '-D', dataDirectory, '-c', 'exit_on_error=on', '-c', 'log_statement=none', 'template1'];
  const statement = `alter role ${quote(login.user, '"')} with superuser login password ${quote(login.password, "'")}\n`;
  const { status, stderr } = runAs(who, binaries.postgres, args, statement);
  if (status !== 0) throw startFailed(dataDirectory, dataDirectory, (stderr ?? '').replaceAll(login.password, '***'));
}

/** The superuser `initdb` made always has oid 10. */
export function readSuperuser(binaries: Binaries, who: RunAs, dataDirectory: string): string | undefined {
  const args = ['--single', '-D', dataDirectory, '-c', 'exit_on_error=on', 'template1'];
  const { stdout } = runAs(who, binaries.postgres, args, 'select rolname from pg_roles where oid = 10\n');
  return /rolname = "(.*)"\s+\(typeid/.exec(stdout ?? '')?.[1];
}

function quote(text: string, mark: string): string {
  return `${mark}${text.replaceAll(mark, mark + mark)}${mark}`;
}
