export { rowChecksums } from './checksums.js';
export { type FilledTable, fillTables } from './fill.js';
