import type { MigrationEvent, SessionInfo } from '../core/types.js';
import { describeSession } from '../database/session-info.js';
import { renderWaiting } from './gate.js';
import type { Colors } from './terminal.js';
import { duration, plural } from './text.js';

export interface ProgressOutput {
  readonly write: (text: string) => void;
  /** A live line that is redrawn, on a terminal; plain lines elsewhere. */
  readonly live: boolean;
  readonly columns: number;
}

/** Turns events into lines for people: one per finished migration, and on a terminal a live line for the running one. */
export function progressReporter(output: ProgressOutput, color: Colors): (event: MigrationEvent) => void {
  let liveShown = false;
  let lastWait = Number.NEGATIVE_INFINITY;
  let lastBackfill = Date.now();
  let lastPause = '';

  const clear = () => {
    if (liveShown) output.write('\r\x1b[2K');
    liveShown = false;
  };
  const line = (text: string) => {
    clear();
    output.write(`${text}\n`);
  };
  const live = (text: string) => {
    if (!output.live) return;
    clear();
    output.write(text.slice(0, Math.max(20, output.columns - 1)));
    liveShown = true;
  };
  const who = (sessions: readonly SessionInfo[]) =>
    sessions.map((session) => `\n      blocked by ${describeSession(session)}`).join('');

  return (event) => {
    switch (event.type) {
      case 'run-started':
        line(
          `${plural(event.steps, 'migration')} to ${event.direction === 'up' ? 'apply' : 'roll back'}, ${plural(event.statements, 'statement')}`,
        );
        break;
      case 'lock-waiting':
        // Every five seconds is enough for a log; a terminal is redrawn each time.
        if (output.live || event.waitedMs - lastWait > 5000) {
          lastWait = event.waitedMs;
          const text = `  waiting ${duration(event.waitedMs)} for another run${event.holder ? `: ${describeSession({ ...event.holder, query: null })}` : ''}`;
          if (output.live) live(text);
          else line(text);
        }
        break;
      case 'gate-waiting':
        for (const text of renderWaiting(event, color)) line(text);
        break;
      case 'gate-open':
        line(`  ${color.green('✓')} they are gone, after ${duration(event.waitedMs)}`);
        break;
      case 'step-started':
        live(`  … ${event.tag}${event.startAt > 0 ? ` (resumed at statement ${event.startAt + 1})` : ''}`);
        break;
      case 'statement-finished':
        live(`  … ${event.tag}  ${event.index + 1}/${event.total}`);
        break;
      case 'blocked':
        line(
          `  ${color.yellow('!')} ${event.tag}: statement ${event.index + 1} has waited ${duration(event.waitedMs)}${who(event.blockers)}`,
        );
        break;
      case 'retrying':
        line(
          `  ${color.yellow('!')} ${event.tag}: ${event.reason}, attempt ${event.attempt + 1} in ${duration(event.delayMs)}${who(event.blockers)}`,
        );
        break;
      case 'backfill-progress': {
        // A log gets a line now and then; a terminal is redrawn each time.
        const text = `  … ${event.tag}  ${backfillInWords(event)}`;
        if (output.live) live(text);
        else if (Date.now() - lastBackfill > 10_000) {
          lastBackfill = Date.now();
          line(text);
        }
        break;
      }
      case 'backfill-paused':
        // The message counts the seconds; once for each reason is enough.
        if (event.reason !== lastPause) line(`  ${color.yellow('!')} ${event.tag}: paused, ${event.message}`);
        lastPause = event.reason;
        break;
      case 'backfill-resumed':
        lastPause = '';
        line(`  … ${event.tag}: goes on after ${duration(event.pausedMs)}`);
        break;
      case 'repaired-index':
        line(`  ${color.yellow('!')} ${event.tag}: dropped the INVALID index ${event.name}`);
        break;
      case 'notice':
        if (event.severity !== 'NOTICE' && event.severity !== 'DEBUG')
          line(`  ${color.dim(`${event.severity.toLowerCase()}: ${event.message}`)}`);
        break;
      case 'step-finished':
        line(`  ${color.green('✓')} ${event.tag}  ${color.dim(duration(event.durationMs))}`);
        break;
      case 'step-failed':
        line(`  ${color.red('✗')} ${event.tag}`);
        break;
      case 'run-finished':
        clear();
        if (event.result.done.length > 0)
          line(
            `${event.result.direction === 'up' ? 'Applied' : 'Rolled back'} ${plural(event.result.done.length, 'migration')} in ${duration(event.result.durationMs)}.`,
          );
        break;
      default:
        event satisfies never;
    }
  };
}

/** `1,200,000 of about 2,000,000 rows (60 %), 45,000 a second, 18 s to go`. */
function backfillInWords(event: Extract<MigrationEvent, { type: 'backfill-progress' }>): string {
  const number = (value: number) => value.toLocaleString('en-US');
  const share = event.estimated > 0 ? ` (${Math.min(99, Math.floor((event.visited / event.estimated) * 100))} %)` : '';
  const left = event.visited < event.estimated ? `, ${duration(event.etaMs)} to go` : '';
  return `${number(event.visited)} of about ${number(Math.max(event.estimated, event.visited))} rows${share}, ${number(event.rowsPerSecond)} a second${left}`;
}
