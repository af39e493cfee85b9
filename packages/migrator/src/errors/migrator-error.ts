import type { Finding, RunResult } from '../core/types.js';
import { type ErrorCode, errorCatalog } from './catalog.js';

export interface MigratorErrorInit {
  /** What happened, as a full sentence without a prefix. */
  readonly message: string;
  /** Where: `file:line`, or the name of an object or setting. */
  readonly where?: string;
  /** The state things are in now, for example what was applied and what was not. */
  readonly state?: string;
  /** What to do or type next. */
  readonly fix?: string;
  /** Lines that explain further: source lines with a caret, the output of a server. */
  readonly detail?: string;
  /** Facts for programs; printed by `--json`. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** For `refused`: what blocked, of severity `error`, and the warnings beside it. */
  readonly findings?: readonly Finding[];
  /** For a run that failed on the way: what was applied and what was not. */
  readonly result?: RunResult;
  readonly cause?: unknown;
}

/**
 * The one error class of the engine. Callers switch on `code`; people read `message`, `where`, `state` and `fix`.
 * No text in it ever holds a password: see `redact`.
 */
export class MigratorError extends Error {
  override readonly name = 'MigratorError';
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly state: string | undefined;
  readonly fix: string | undefined;
  readonly detail: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly findings: readonly Finding[] | undefined;
  readonly result: RunResult | undefined;

  constructor(code: ErrorCode, init: MigratorErrorInit) {
    super(redact(init.message), init.cause === undefined ? undefined : { cause: init.cause });
    this.code = code;
    this.where = init.where && redact(init.where);
    this.state = init.state && redact(init.state);
    this.fix = init.fix && redact(init.fix);
    this.detail = init.detail && redact(init.detail);
    this.data = init.data && (redactAll(init.data) as typeof init.data);
    this.findings = init.findings;
    this.result = init.result;
  }

  get exitCode(): number {
    return errorCatalog[this.code];
  }

  /** The same error, with more to say of the state things are in. */
  withState(more: string): MigratorError {
    const { message, where, detail, state, fix, data, findings, result, cause } = this;
    return new MigratorError(this.code, {
      message,
      ...(where && { where }),
      ...(detail && { detail }),
      state: [state, more].filter(Boolean).join(' '),
      ...(fix && { fix }),
      ...(data && { data }),
      ...(findings && { findings }),
      ...(result && { result }),
      cause,
    });
  }
}

function redactAll(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactAll);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, redactAll(part)]));
}

/**
 * Replaces the password of every URL, every `password=…` pair and every PASSWORD '…' of SQL in a text, so that it can be
 * printed or logged.
 */
export function redact(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/]*@(?=[^\s@]*(?:[\s/]|$))/gi, '$1:***@')
    .replace(/\b(password\s+)E?'(?:[^']|'')*'/gi, "$1'***'")
    .replace(/([?&\s]|^)((?:ssl)?password)=('[^']*'|[^&\s]+)/gi, '$1$2=***');
}
