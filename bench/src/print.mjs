import { arch, cpus, platform, release, totalmem } from 'node:os';
import { versions } from './tools.mjs';

export function print(text) {
  process.stdout.write(`${text}\n`);
}

export function progress(done, total) {
  if (process.stderr.isTTY) process.stderr.write(`\r${done}/${total}${done === total ? '\r\x1b[K' : ''}`);
}

export function printMachine() {
  const [cpu] = cpus();
  print(
    `${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()} ${arch()}, Node ${process.version}; ${versions()}`,
  );
}

const ms = (value) => Math.round(value).toLocaleString('en').replaceAll(',', ' ');
const known = (value, digits) => (Number.isNaN(value) ? '-' : value.toFixed(digits));
const ratio = (value, to) => (to ? (value / to.wallMs).toFixed(2) : '-');

/** The table of one comparison, with the goals below it. */
export function printTable(results, goals) {
  const find = (name) => results.find((result) => result.name === name);
  const [kit, dbmate] = [find('drizzle-kit'), find('dbmate (npm)')];
  print('| tool | median ms | min-max | to drizzle-kit | to dbmate (npm) | CPU s | peak MiB |');
  print('|---|---:|---:|---:|---:|---:|---:|');
  for (const { name, wallMs, minMs, maxMs, cpuS, peakMiB } of results) {
    print(
      `| ${name} | ${ms(wallMs)} | ${ms(minMs)}-${ms(maxMs)} | ${ratio(wallMs, kit)} | ${ratio(wallMs, dbmate)} | ${known(cpuS, 2)} | ${known(peakMiB, 0)} |`,
    );
  }
  print('');
  for (const [name, to, limit] of goals) {
    const [ours, theirs] = [find(name), find(to)];
    if (!ours || !theirs) continue;
    const reached = ours.wallMs / theirs.wallMs;
    print(
      `- goal: ${name} at most ${limit} of ${to}: **${reached.toFixed(2)}**, ${reached <= limit ? 'reached' : 'MISSED'}`,
    );
  }
}

/** The application's latencies, with the goal below. */
export function printLatencies(rows) {
  print('| scenario | mode | migration ms | queries | p50 ms | p99 ms | max ms | over 1 s | failed | unanswered |');
  print('|---|---|---:|---:|---:|---:|---:|---:|---:|---:|');
  for (const row of rows) {
    const migration = row.migrationMs === undefined ? '-' : ms(row.migrationMs);
    print(
      `| ${row.scenario} | ${row.mode} | ${migration} | ${row.queries} | ${row.p50.toFixed(1)} | ${row.p99.toFixed(1)} | ${ms(row.max)} | ${row.slow} | ${row.errors} | ${row.unanswered} |`,
    );
  }
  print('');
  for (const { scenario, mode, max } of rows.filter((row) => row.mode.startsWith('migrator')))
    print(`- goal: ${scenario}, ${mode}: max at most 250 ms: **${ms(max)}**, ${max <= 250 ? 'reached' : 'MISSED'}`);
}
