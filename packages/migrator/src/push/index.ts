export { keepingUnsaid, type PushDifferences, pushDifferences } from './differences.js';
export { excerptOf } from './excerpt.js';
export { extensionsOf } from './extensions.js';
export { type PushRisk, risksOf } from './losses.js';
export { renamePicture } from './rename-picture.js';
export { transactionsOf } from './transactions.js';
