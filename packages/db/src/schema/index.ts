// The whole schema. Importing it opens no connection.
export * from './app-instances.js';
export * from './categories.js';
export type * from './json.js';
export * from './lyrics-drafts.js';
export * from './payments.js';
export * from './provider-answers.js';
export * from './relations.js';
export * from './sessions.js';
export * from './song-requests.js';
export * from './songs.js';
export * from './user-preferences.js';
export * from './users.js';
