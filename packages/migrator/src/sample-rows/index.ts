export { rowChecksums } from './checksums.js';
export { type FilledTable, fillTables, type SampleMemory } from './fill.js';
