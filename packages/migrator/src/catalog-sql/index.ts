export { attach, revoke } from './attachments.js';
export { type BetweenOptions, type CatalogStatement, type StatementsBetween, statementsBetween } from './between.js';
