export type { Scratch, ScratchDatabase, ScratchMigration, ScratchOptions } from './types.js';
export { withScratch } from './with-scratch.js';
