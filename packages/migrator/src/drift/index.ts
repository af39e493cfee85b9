export {
  type AcceptedEntry,
  accept,
  acceptedText,
  parseAccepted,
  sift,
  unusedFindings,
} from './accepted.js';
export { type AppliedHistory, appliedHistory, rowsWithoutText } from './applied.js';
export { withoutOthers } from './left-out.js';
export { adoptable, withStatements } from './mend.js';
export { asOwnedBy } from './owner.js';
export type { AcceptedDifference, DriftDifference, DriftScript, LeftOut } from './types.js';
export { wantedOf } from './wanted.js';
