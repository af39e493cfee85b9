import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { makeFolder } from './project.js';

/** What a browser makes of a page that is opened from a file. */
export interface OpenedPage {
  /** The document as it is when the page is loaded. */
  readonly dom: string;
  /** What the browser said on its console: refusals of the page's policy are there. */
  readonly console: readonly string[];
}

/** Opens a page in a real browser without a window, and with no network that would answer. */
export function openPage(path: string): OpenedPage {
  const { status, stdout, stderr } = spawnSync(
    findChromium(),
    [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
      ...['--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--proxy-server=127.0.0.1:9'],
      ...['--enable-logging=stderr', `--user-data-dir=${makeFolder()}`, '--dump-dom', pathToFileURL(path).href],
    ],
    { encoding: 'utf8', timeout: 60_000, maxBuffer: 100 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`The browser ended with ${status}: ${stderr}`);
  return { dom: stdout, console: stderr.split('\n').filter((line) => line.includes(':CONSOLE')) };
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Its path. Root on Debian installs it; others are told what to do. */
export function findChromium(): string {
  const find = () =>
    NAMES.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim()).find((path) => path !== '');
  const found = find();
  if (found) return found;
  if (process.getuid?.() === 0) {
    const options = { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const;
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options);
    const installed = find();
    if (installed) return installed;
  }
  throw new Error(
    `A browser is needed: install Chromium or Chrome, so that one of ${NAMES.join(', ')} is on the PATH.`,
  );
}
