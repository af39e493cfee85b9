// Plays the workflows on this machine, every shell step of them, installing and building included: `pnpm pipeline [ci|deploy]`.
// `deploy` brings a production of this machine from an empty database to the applications of this checkout.
import { execFileSync } from 'node:child_process';
import { openScene } from './scene.mjs';
import { play, ROOT } from './workflow.mjs';

const write = (text) => process.stdout.write(text);
const commit = (revision) => execFileSync('git', ['rev-parse', revision], { cwd: ROOT, encoding: 'utf8' }).trim();

const PLAYS = {
  ci: () => play('ci', { github: { event_name: 'push', sha: commit('HEAD'), ref: 'refs/heads/main' }, write }),
  deploy: async () => {
    const scene = await openScene({ write });
    try {
      return await scene.deploy({ command: scene.commands.real });
    } finally {
      await scene.close();
    }
  },
};

const [name = 'deploy'] = process.argv.slice(2);
if (!Object.hasOwn(PLAYS, name)) {
  console.error(`There is no play \`${name}\`: ${Object.keys(PLAYS).join(', ')}.`);
  process.exit(2);
}
const jobs = await PLAYS[name]();
for (const [id, { result, summary }] of Object.entries(jobs)) write(`\n━━ ${id}: ${result}\n${summary}`);
process.exitCode = Object.values(jobs).some(({ result }) => result === 'failure') ? 1 : 0;
