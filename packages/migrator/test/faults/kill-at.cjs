/** Loaded before migrator: sends itself a signal (KILL_WITH) before its n-th change (KILL_AT) of a file in a migrations folder. */
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const { KILL_AT: at, KILL_WITH: signal } = process.env;
let count = 0;
for (const name of ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync']) {
  const real = fs[name];
  fs[name] = (path, ...rest) => {
    if (String(path).includes('/drizzle')) {
      count += 1;
      if (count === Number(at)) process.kill(process.pid, signal);
    }
    return real(path, ...rest);
  };
}
syncBuiltinESMExports();
