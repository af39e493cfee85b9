export type { Scratch, ScratchDatabase, ScratchMigration, ScratchOptions, StatementWatch } from './types.js';
export { withScratch } from './with-scratch.js';
