export { compatibilityChanges } from './changes.js';
export { type Classification, classify, phaseFindings } from './classify.js';
export type { ChangeKind, CompatibilityChange } from './types.js';
