export { type DoneFile, readDoneFile } from './done-file.js';
export { type ListedDatabase, nameAll, parseList } from './list.js';
export { type FleetRunOptions, runFleet } from './run.js';
export type { FleetCounts, FleetDatabase, FleetEntry, FleetState } from './types.js';
