export { findNativeFolder } from './binaries.js';
export { removeEmbedded, resetEmbedded, stopEmbedded } from './control.js';
export { embeddedStatus, ensureEmbedded } from './ensure.js';
export { startTemporaryServer, type TemporaryOptions } from './temporary.js';
export type { EmbeddedOptions, EmbeddedServer, TemporaryServer } from './types.js';
export { embeddedUrl } from './url.js';
