// Validators of what comes from outside, and of the JSONB columns. Importing this opens no connection.
export * from './input.js';
export * from './json.js';
export { type Problems, type Validated, validate } from './validate.js';
