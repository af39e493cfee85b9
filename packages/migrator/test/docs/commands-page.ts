import type { Argument, Command, Option } from 'commander';
import { exitCodesHelp } from '../../src/cli/program.js';

/** docs/commands.md: the command tree that `--help` prints, as a page. */
export function commandsPage(program: Command): string {
  const leaves = leavesOf(program);
  const everywhere = (leaves[0]?.options ?? []).filter((option) => leaves.every((leaf) => has(leaf, option)));
  const sections = leaves.map((leaf) => {
    const rows = [
      ...leaf.registeredArguments.filter(({ description }) => description).map(argumentRow),
      ...leaf.options.filter((option) => !everywhere.some(sameAs(option))).map(optionRow),
    ];
    const table = rows.length > 0 ? [`| | |\n|---|---|\n${rows.join('\n')}`] : [];
    return [`## ${nameOf(leaf)}`, `${sentence(leaf.description())}${usageOf(leaf)}`, ...table].join('\n\n');
  });
  return `# Commands

Written from what \`--help\` prints, by \`pnpm --filter @melodia/migrator run docs\`.

\`\`\`
${exitCodesHelp}
\`\`\`

[errors.md](errors.md) has the codes of errors, [findings.md](findings.md) those of findings.

A \`<duration>\` is a number and its unit: \`500ms\`, \`3s\`, \`10m\`, \`2h\`, \`30d\`.

| every command takes | |
|---|---|
${everywhere.map(optionRow).join('\n')}
| \`--help\` | what this page says of it |

${sections.join('\n\n')}
`;
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length > 0 ? command.commands.flatMap(leavesOf) : [command];
}

const sameAs = (option: Option) => (other: Option) => other.flags === option.flags;

function has(command: Command, option: Option): boolean {
  return command.options.some(sameAs(option));
}

function nameOf(command: Command): string {
  const parent = command.parent?.parent ? `${nameOf(command.parent)} ` : '';
  return `${parent}${command.name()}`;
}

function usageOf(command: Command): string {
  const given = command.registeredArguments.map((argument) => ` ${placeOf(argument)}`).join('');
  return given && `\n\n\`migrator ${nameOf(command)}${given}\``;
}

function placeOf(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function argumentRow(argument: Argument): string {
  return row(placeOf(argument), argument.description);
}

function optionRow({ flags, description, argChoices, defaultValue, negate }: Option): string {
  const choices = argChoices ? `: ${argChoices.map((choice) => `\`${choice}\``).join(', ')}` : '';
  const usual = negate || defaultValue === undefined ? '' : ` (default: ${defaultValue})`;
  return row(flags, `${description}${choices}${usual}`);
}

function row(name: string, text: string): string {
  return `| \`${name.replaceAll('|', '\\|')}\` | ${text.replaceAll('|', '\\|').replace(/<(\S+?)>/g, '`<$1>`')} |`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
