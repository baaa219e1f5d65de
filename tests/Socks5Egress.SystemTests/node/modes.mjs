// node-postgres: one connection for each SSLMODE:PORT of the arguments; prints each with the address that the server sees, or the error. Environment as for
// modes.py. Its modes are words of the connection string.
import pg from 'pg';

const { NAME, CA_FILE, DB_USER, DB_PASSWORD } = process.env;
for (const argument of process.argv.slice(2)) {
  const [mode, port] = argument.split(':');
  const root = mode === 'disable' ? '' : `&sslrootcert=${encodeURIComponent(CA_FILE)}`;
  const client = new pg.Client({
    connectionString: `postgres://${DB_USER}:${encodeURIComponent(DB_PASSWORD)}@${NAME}:${port}/postgres?sslmode=${mode}${root}`, connectionTimeoutMillis: 20_000,
  });
  client.on('error', () => {});
  let answer;
  try {
    await client.connect();
    answer = (await client.query('select host(inet_client_addr())')).rows[0].host;
    await client.end();
  } catch (error) {
    answer = error.message;
  }
  console.log(argument, answer.replaceAll('\n', ' '));
}
process.exit(0);
