import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readParts } from '../../src/sample-dump/read-parts.js';
import { DumpSplitter } from '../../src/sample-dump/split-dump.js';
import { failureOf } from '../setup/cli.js';
import { makeFolder } from '../setup/project.js';

const DUMPS = fileURLToPath(new URL('dumps/', import.meta.url));

/** The parts of a text, those of a COPY as its rows. */
async function partsOf(content: string | Buffer, name = 'sample.sql') {
  const path = join(makeFolder(), name);
  writeFileSync(path, content);
  return await partsOfFile(path, name);
}

async function partsOfFile(path: string, name: string) {
  const told: unknown[] = [];
  for await (const part of readParts({ path, name })) {
    if (part.kind === 'rows') told.push(part.bytes.toString());
    else if (part.kind === 'setval') told.push(['setval', part.sequence, part.line]);
    else told.push([part.kind, part.table, part.columns, part.line]);
  }
  return told;
}

const copy = ['copy', { schema: 'public', name: 'songs' }, ['id', 'title'], 1];
const head = 'COPY public.songs (id, title) FROM stdin;\n';

describe('what pg_dump 15 writes', () => {
  test.each(['copy', 'inserts', 'column-inserts', 'rows-per-insert', 'full'])('%s', async (name) => {
    const told = await partsOfFile(join(DUMPS, `${name}.sql`), name);
    const tables = told.flatMap((part) => (Array.isArray(part) ? [(part[1] as { name: string }).name] : []));
    expect([...new Set(tables)].sort()).toEqual(
      [
        'Odd "table"; x',
        '__drizzle_migrations',
        '__drizzle_migrations_id_seq',
        'artists',
        'artists_id_seq',
        'plays_2025',
        'songs',
        'songs_id_seq',
      ].sort(),
    );
    expect(JSON.stringify(told)).not.toContain('in a body');
  });
});

describe('the rows of a COPY', () => {
  test('end at the line that says so, and only there', async () => {
    expect(await partsOf(`${head}1\ta\n\\.x\n2\tb\\.\n\\.\nSELECT 1;\n`)).toEqual([copy, '1\ta\n\\.x\n2\tb\\.\n']);
    expect(await partsOf(`${head}\\.\n${head}1\ta\n\\.`)).toEqual([copy, [...copy.slice(0, 3), 3], '1\ta\n']);
    expect(await partsOf(`${head}1\ta\n\\.\n`.replaceAll('\n', '\r\n'))).toEqual([copy, '1\ta\r\n']);
  });

  test('are the same, packed or not, wherever the file is cut into pieces', async () => {
    const rows = Array.from({ length: 40_000 }, (_, n) => `${n}\t${'ü'.repeat(n % 90)}\n`).join('');
    const text = `${head}${rows}\\.\n`;
    for (const content of [text, gzipSync(text)]) {
      const [first, ...pieces] = await partsOf(content);
      expect([first, pieces.join('') === rows, pieces.length > 1]).toEqual([copy, true, true]);
    }
  });

  test('may be longer than a piece of the file', async () => {
    const row = `1\t${'x'.repeat(3_000_000)}\n`;
    const [, ...pieces] = await partsOf(`${head}${row}\\.\n`);
    expect(pieces.join('') === row).toBe(true);
  });
});

test.each([
  ['a string over lines', "insert into a values ('x\ny;');", 1],
  ['an escape string', "insert into a values (E'it\\'s;');insert into a values ('\\');", 2],
  ['a quoted name', 'insert into "a;b" ("c;d") values (1);', 1],
  ['comments', "insert into a -- it's;\n /* /* ; */ ' */ values (1);", 1],
  ['dollar quotes', 'create function f() as $a$ ;\ninsert into a values (1); $$ $a$;\ninsert into a values (2);', 2],
  ['a dollar in a name', 'insert into a$b$ values (1); insert into b values (1);', 2],
])('a statement ends behind %s', (_, text, count) => {
  const splitter = new DumpSplitter();
  const statements = text.split('\n').flatMap((line, n) => splitter.feed(line, n + 1));
  expect([statements.length, splitter.isOpen]).toEqual([count, false]);
});

describe('what is no plain-text dump', () => {
  const told = async (content: string | Buffer, name?: string) => {
    const { code, message, where, fix } = await failureOf(partsOf(content, name));
    expect(code).toBe('sample-unreadable');
    return [message, where, fix];
  };

  test('the custom format', async () => {
    expect(await told('PGDMP\x01\x0f', 'app.dump')).toEqual([
      "The sample is a dump in pg_dump's custom format, not in plain text.",
      'app.dump',
      'Run `pg_restore --data-only -f sample.sql app.dump`, and give `--sample sample.sql`.',
    ]);
  });

  test('the tar format, a folder, another packing', async () => {
    const tar = Buffer.alloc(512);
    tar.write('toc.dat');
    tar.write('ustar', 257);
    expect((await told(tar))[0]).toContain('a tar format');
    expect((await failureOf(partsOfFile(DUMPS, 'dumps'))).message).toContain("pg_dump's directory format");
    expect((await told(Buffer.from('28b52ffd00', 'hex')))[0]).toContain('packed with zstd');
  });

  test('what is not there', async () => {
    const { code, message } = await failureOf(partsOfFile('/nowhere/sample.sql', 'sample.sql'));
    expect([code, message]).toEqual(['sample-unreadable', expect.stringContaining('ENOENT')]);
  });

  test('what is cut off', async () => {
    expect(await told(`${head}1\ta\n`)).toEqual([
      'The sample ends within the rows of a COPY.',
      'sample.sql:1',
      'The file is incomplete: dump or copy it again.',
    ]);
    expect((await told("INSERT INTO a VALUES ('x"))[0]).toBe('The sample ends within a statement.');
    expect((await told(gzipSync(`${head}${'1\ta\n'.repeat(1000)}\\.\n`).subarray(0, 60)))[0]).toBe(
      'The sample cannot be read to its end: unexpected end of file.',
    );
  });

  test('another encoding, several databases', async () => {
    expect((await told("SET client_encoding = 'LATIN1';\n"))[0]).toBe('The sample is written in LATIN1, not in UTF-8.');
    expect((await told('\\connect app\n'))[0]).toContain('several databases');
    expect((await told('SET standard_conforming_strings = off;\n'))[0]).toContain('standard_conforming_strings');
  });
});

test('a file of pg_dump holds what it is tested for', () => {
  expect(readFileSync(join(DUMPS, 'full.sql'), 'utf8')).toContain("INSERT INTO songs VALUES (1, 'in a body');");
});
