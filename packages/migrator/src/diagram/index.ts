export { changedPart, comparePictures } from './compare.js';
export { pictureOfCatalog } from './from-catalog.js';
export { pictureOfSnapshot } from './from-snapshot.js';
export { renderMermaid } from './mermaid.js';
export { renderSvg } from './svg.js';
export type { SchemaPicture } from './types.js';
