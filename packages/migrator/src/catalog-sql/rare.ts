import type { CatalogObject } from '../catalog/index.js';
import { foreignOptionChanges, foreignOptionList, quoteParts, textLiteral } from './names.js';

/** Kinds that most databases have none of. */
export type RareObject = CatalogObject<
  'collation' | 'cast' | 'operator' | 'text-search-dictionary' | 'text-search-configuration' | 'foreign-server'
>;

export function createRare(object: RareObject): readonly string[] {
  const name = quoteParts(object.parts);
  switch (object.kind) {
    case 'collation':
      return [`create collation ${name} (${object.facts.definition})`];
    case 'cast':
      return [`create cast (${object.name}) ${object.facts.definition}`];
    case 'operator':
      return [`create operator ${object.facts.address} (${object.facts.definition})`];
    case 'text-search-dictionary': {
      const { template, options } = object.facts;
      return [`create text search dictionary ${name} (${[`template = ${template}`, ...options].join(', ')})`];
    }
    case 'text-search-configuration':
      return [
        `create text search configuration ${name} (parser = ${object.facts.parser})`,
        ...object.facts.mappings.map((mapping) => mapped(name, 'add', mapping)),
      ];
    case 'foreign-server': {
      const { wrapper, type, version, options } = object.facts;
      return [
        [
          `create server ${name}`,
          type !== undefined && `type ${textLiteral(type)}`,
          version !== undefined && `version ${textLiteral(version)}`,
          `foreign data wrapper ${quoteParts([wrapper])}`,
          options.length > 0 && `options (${foreignOptionList(options)})`,
        ]
          .filter(Boolean)
          .join(' '),
      ];
    }
  }
}

/** As `alterObject`: undefined where it must be dropped and made anew. */
export function alterRare(before: CatalogObject, after: CatalogObject): readonly string[] | undefined {
  const name = quoteParts(after.parts);
  if (before.kind === 'text-search-dictionary' && after.kind === 'text-search-dictionary') {
    if (before.facts.template !== after.facts.template) return undefined;
    const nameOf = (option: string) => option.slice(0, option.indexOf(' = '));
    const names = after.facts.options.map(nameOf);
    const gone = before.facts.options.map(nameOf).filter((option) => !names.includes(option));
    return [`alter text search dictionary ${name} (${[...gone, ...after.facts.options].join(', ')})`];
  }
  if (before.kind === 'text-search-configuration' && after.kind === 'text-search-configuration') {
    if (before.facts.parser !== after.facts.parser) return undefined;
    const [from, to] = [new Map(before.facts.mappings), new Map(after.facts.mappings)];
    return [
      ...[...from.keys()]
        .filter((token) => !to.has(token))
        .map((token) => `alter text search configuration ${name} drop mapping for ${token}`),
      ...[...to]
        .filter(([token, dictionaries]) => from.get(token) !== dictionaries)
        .map((mapping) => mapped(name, from.has(mapping[0]) ? 'alter' : 'add', mapping)),
    ];
  }
  if (before.kind === 'foreign-server' && after.kind === 'foreign-server') {
    const [from, to] = [before.facts, after.facts];
    if (
      from.wrapper !== to.wrapper ||
      from.type !== to.type ||
      (to.version === undefined && from.version !== undefined)
    )
      return undefined;
    const version =
      to.version === undefined || to.version === from.version ? '' : ` version ${textLiteral(to.version)}`;
    return [`alter server ${name}${version}${foreignOptionChanges(from.options, to.options)}`];
  }
  return undefined;
}

function mapped(name: string, action: 'add' | 'alter', [token, dictionaries]: readonly [string, string]): string {
  return `alter text search configuration ${name} ${action} mapping for ${token} with ${dictionaries}`;
}
