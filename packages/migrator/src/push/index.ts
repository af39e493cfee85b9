export { keepingUnsaid, type PushDifferences, pushDifferences } from './differences.js';
export { excerptOf } from './excerpt.js';
export { keptAttachments } from './kept.js';
export { type PushRisk, risksOf } from './losses.js';
export { oldNames } from './old-names.js';
export { renamedSchemas, renamePicture } from './rename-picture.js';
export { type PushFilters, type PushScope, scopeOf } from './scope.js';
export { transactionsOf, valuesFirst } from './transactions.js';
export { copyable, foundationOf, ofScope } from './without.js';
