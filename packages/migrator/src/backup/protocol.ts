import type { RawResult } from '../database/session.js';

/** The server's messages, as far as a client needs them that sends nothing but simple queries. */

/** RowDescription, DataRow, CommandComplete for each result, and ReadyForQuery. */
export function encodeAnswer(results: readonly RawResult[]): Uint8Array {
  const parts: Buffer[] = [];
  for (const { columns, rows, command, count } of results) {
    if (command === '' && rows.length === 0) {
      parts.push(message('I'));
      continue;
    }
    // postgres.js names the columns of the statement before where a statement has none.
    if (/^(?:SELECT|FETCH|SHOW|EXPLAIN)\b/.test(command)) {
      parts.push(rowDescription(columns), ...rows.map(dataRow));
    }
    parts.push(message('C', text(count === null ? command : `${command} ${count}`)));
  }
  return Buffer.concat([...parts, READY]);
}

/** ErrorResponse, and ReadyForQuery. */
export function encodeError(error: Error): Uint8Array {
  const { severity, code, detail, hint } = error as Error & Readonly<Record<string, string | undefined>>;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ['S', severity ?? 'ERROR'],
    ['V', severity ?? 'ERROR'],
    ['C', code ?? 'XX000'],
    ['M', error.message],
    ['D', detail],
    ['H', hint],
  ];
  const body = fields.flatMap(([name, value]) => (value === undefined ? [] : [Buffer.from(name), text(value)]));
  return Buffer.concat([message('E', ...body, Buffer.alloc(1)), READY]);
}

function message(type: string, ...body: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeInt32BE(4 + body.reduce((sum, part) => sum + part.length, 0), 1);
  return Buffer.concat([head, ...body]);
}

const READY = message('Z', Buffer.from('I'));

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int(size: 2 | 4, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeIntBE(value, 0, size);
  return bytes;
}

function rowDescription(columns: RawResult['columns']): Buffer {
  const fields = columns.map(({ name, type }) => {
    const oid = Buffer.alloc(4);
    oid.writeUInt32BE(type);
    return Buffer.concat([text(name), int(4, 0), int(2, 0), oid, int(2, -1), int(4, -1), int(2, 0)]);
  });
  return message('T', int(2, columns.length), ...fields);
}

function dataRow(values: readonly (Buffer | null)[]): Buffer {
  const fields = values.flatMap((value) => (value === null ? [int(4, -1)] : [int(4, value.length), value]));
  return message('D', int(2, values.length), ...fields);
}
