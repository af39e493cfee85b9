export { describePlace, fitSample } from './fit.js';
export { type LoadedSample, loadSample } from './load.js';
export { placeSample, type SamplePlace } from './place.js';
export { type Survey, surveyDump, type TrackingTables } from './survey.js';
export type { SampleFile } from './types.js';
