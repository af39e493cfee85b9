export { checks } from './checks/index.js';
export { examine } from './examine.js';
export { Reader } from './reader.js';
export type { Check, CheckOutcome, CheckResult, CheckStatus, Patient } from './types.js';
