import type { Command } from 'commander';
import { processIo } from '../../src/cli/io.js';
import { buildProgram } from '../../src/cli/program.js';

/** The command tree, to be looked at. */
export function program(): Command {
  return buildProgram(processIo(new AbortController().signal), () => {});
}
