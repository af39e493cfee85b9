import { styleText } from 'node:util';

const COLOURS = ['cyan', 'magenta', 'green', 'yellow'];

/**
 * Says whose line it is, in a column.
 *
 * @param {readonly string[]} names All of them, in the order of their colours.
 * @param {{ colour: boolean }} options
 * @returns {(name: string, line: string) => string}
 */
export function createPrefixer(names, { colour }) {
  const width = Math.max(...names.map((name) => name.length));
  return (name, line) => {
    const label = `${name.padEnd(width)} |`;
    const shown = colour ? styleText(COLOURS[names.indexOf(name) % COLOURS.length] ?? 'white', label) : label;
    // They say their name themselves where they run alone.
    const text = line.startsWith(`${name}: `) ? line.slice(name.length + 2) : line;
    return `${shown} ${text}`;
  };
}
