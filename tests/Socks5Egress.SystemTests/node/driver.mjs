// One Node driver asks its server which address it sees, and prints the answer.
// Arguments: the driver. Environment: HOST PORT CA_FILE DB_USER DB_PASSWORD SOCKS_HOST SOCKS_PORT.
import { readFileSync } from 'node:fs';
import ioredis from 'ioredis';
import mysql from 'mysql2/promise';
import postgres from 'postgres';
import { SocksClient } from 'socks';

const { HOST, PORT, CA_FILE, DB_USER, DB_PASSWORD, SOCKS_HOST, SOCKS_PORT } = process.env;
const destination = { host: HOST, port: Number(PORT) };
const proxy = { host: SOCKS_HOST, port: Number(SOCKS_PORT), type: 5 };
const dial = async () => (await SocksClient.createConnection({ proxy, command: 'connect', destination, timeout: 20000 })).socket;

const drivers = {
  async 'postgres.js'() {
    const sql = postgres({
      host: HOST, port: PORT, username: DB_USER, password: DB_PASSWORD, database: 'postgres', max: 1, connect_timeout: 20,
      ssl: { ca: readFileSync(CA_FILE), servername: 'localhost' }, socket: dial,
    });
    const [{ seen }] = await sql`select host(inet_client_addr()) as seen`;
    await sql.end();
    return seen;
  },

  async mysql2() {
    const connection = await mysql.createConnection({
      user: DB_USER, password: DB_PASSWORD, ssl: { ca: readFileSync(CA_FILE) }, host: 'localhost', stream: await dial(),
    });
    const [[row]] = await connection.query("select substring_index(user(), '@', -1) as seen");
    await connection.end();
    return row.seen;
  },

  async ioredis() {
    class ThroughGateway extends ioredis.AbstractConnector {
      connect() { return dial(); }
    }
    const redis = new ioredis.Redis({ Connector: ThroughGateway, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
    await redis.connect();
    const info = await redis.client('INFO');
    redis.disconnect();
    return /\baddr=([^ ]*):\d+/.exec(info)[1];
  },
};

try {
  console.log(await drivers[process.argv[2]]());
  process.exit(0);
} catch (error) {
  console.error(error.message || String(error));
  process.exit(1);
}
