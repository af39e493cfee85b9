export { compareCatalogs, hashCatalog, inheritedFrom, topDifferences } from './compare.js';
export { catalogKey, objectName } from './key.js';
export { readCatalog, readCatalogInside } from './read-catalog.js';
export type {
  Catalog,
  CatalogDifference,
  CatalogFacts,
  CatalogKind,
  CatalogObject,
  CatalogOptions,
  Parts,
} from './types.js';
