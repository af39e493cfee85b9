/**
 * Imports a module by its address. In a file of its own because the bundled command line, which runs from a code cache and
 * cannot import, is given another one by `cli/start.ts`.
 */
export const importModule = (href: string): Promise<Record<string, unknown>> => import(href);
