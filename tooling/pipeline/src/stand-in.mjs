// What an application is to a migration: a connection that says which version of the schema it knows, and a /readyz.
// `node stand-in.mjs APP VERSION TAG PORT`, with a DATABASE_URL.
import { createServer } from 'node:http';
import postgres from 'postgres';

const [app, version, tag, port] = process.argv.slice(2);
const connection = { application_name: `melodia-${app}/${version} db/${version} ${tag}`.slice(0, 63) };
const sql = postgres(process.env.DATABASE_URL, { max: 1, idle_timeout: 0, connection });
await sql`select 1`;
const server = createServer((_, response) => response.end('ready\n')).listen(Number(port));
process.on('SIGTERM', async () => {
  server.close();
  await sql.end({ timeout: 0 });
});
