import type { Session } from '../database/session.js';
import { type RunContext, runMigration, runMigrations } from './run-migration.js';
import type { Replacement, SharedState } from './shared-objects.js';
import { replaceShared } from './shared-objects.js';
import type { ScratchDatabase, ScratchMigration, StatementWatch } from './types.js';

/** What a database needs of the scratch that it is in. */
export interface DatabaseHost {
  readonly serverVersion: number;
  readonly ownServer: boolean;
  readonly mark: string;
  isRoleOfOthers(role: string, database: OpenDatabase): boolean;
  onRole(role: string): void;
  throwIfStopped(): void;
  connect(name: string): Promise<Session>;
  drop(database: OpenDatabase): Promise<void>;
}

export class OpenDatabase implements ScratchDatabase {
  readonly url: string;
  readonly name: string;
  session: Session;
  #host: DatabaseHost;
  #roles: Set<string>;

  constructor(
    { url, name, session }: { readonly url: string; readonly name: string; readonly session: Session },
    host: DatabaseHost,
    roles: readonly string[],
  ) {
    this.url = url;
    this.name = name;
    this.session = session;
    this.#host = host;
    this.#roles = new Set(roles);
  }

  get roles(): readonly string[] {
    return [...this.#roles].sort();
  }

  async run(sql: string | readonly string[] | ScratchMigration, watch?: StatementWatch): Promise<void> {
    await this.#guard((context) => runMigration(toMigration(sql), { ...context, watch }));
  }

  async replay(migrations: readonly ScratchMigration[]): Promise<void> {
    await this.#guard((context) => runMigrations(migrations, context));
  }

  async #guard(run: (context: RunContext) => Promise<void>): Promise<void> {
    const state: SharedState = {
      ownServer: this.#host.ownServer,
      mark: this.#host.mark,
      roles: this.#roles,
      isRoleOfOthers: (role) => this.#host.isRoleOfOthers(role, this),
    };
    const before = [...this.#roles];
    this.#host.throwIfStopped();
    try {
      await run({
        session: this.session,
        serverVersion: this.#host.serverVersion,
        replace: (statement) => replaceShared(statement, state),
        onReplaced: (replacement) => this.#note(replacement),
        throwIfStopped: () => this.#host.throwIfStopped(),
      });
    } catch (error) {
      // Rolled back, as a rule. A role that is not, stays for the clean-up in the host's list.
      this.#roles = new Set(before);
      this.#host.throwIfStopped();
      throw error;
    }
  }

  connect(): Promise<Session> {
    return this.#host.connect(this.name);
  }

  async drop(): Promise<void> {
    await this.#host.drop(this);
  }

  #note({ adds = [], removes = [] }: Replacement): void {
    for (const role of removes) this.#roles.delete(role);
    for (const role of adds) {
      this.#roles.add(role);
      this.#host.onRole(role);
    }
  }
}

function toMigration(sql: string | readonly string[] | ScratchMigration): ScratchMigration {
  if (typeof sql === 'string') return { tag: 'scratch', path: 'scratch.sql', sql };
  if ('sql' in sql) return sql;
  return { tag: 'scratch', path: 'scratch.sql', sql: sql.join('\n--> statement-breakpoint\n') };
}
