import type { Io } from './io.js';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly url?: string;
  readonly json?: boolean;
}

/** A command does its work and gives the exit code; what goes wrong it throws as a `MigratorError`. */
export type CommandResult = Promise<number>;

export type Run<Options> = (options: Options & GlobalOptions, io: Io) => CommandResult;

export function printJson(io: Io, document: unknown): void {
  io.out(`${JSON.stringify(document, null, 2)}\n`);
}
