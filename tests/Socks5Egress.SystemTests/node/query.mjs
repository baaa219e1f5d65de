// node-postgres through a SOCKS5 proxy: runs one query, prints each row's first column on a line.
// Environment: PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE CA_FILE QUERY, and SOCKS_HOST SOCKS_PORT [SOCKS_USER SOCKS_PASSWORD].
import { readFileSync } from 'node:fs';
import { Duplex } from 'node:stream';
import pg from 'pg';
import { SocksClient } from 'socks';

// pg calls connect(port, host) on its stream itself, so the dialling happens there
class SocksStream extends Duplex {
  #socket = null;
  #proxy;

  constructor(proxy) {
    super();
    this.#proxy = proxy;
  }

  connect(port, host) {
    SocksClient.createConnection({ proxy: this.#proxy, command: 'connect', destination: { host, port: Number(port) } }).then(
      ({ socket }) => {
        this.#socket = socket;
        // The server may end first: then the socket must not end by itself before TLS has written its close notify
        socket.allowHalfOpen = true;
        socket.on('data', (chunk) => this.push(chunk) || socket.pause());
        socket.on('end', () => this.push(null));
        socket.on('error', (error) => this.destroy(error));
        socket.on('close', () => this.destroy());
        socket.setNoDelay(true);
        socket.resume();
        this.emit('connect');
      },
      (error) => this.destroy(error),
    );
    return this;
  }

  setNoDelay() { return this; }
  setKeepAlive() { return this; }
  ref() { this.#socket?.ref(); return this; }
  unref() { this.#socket?.unref(); return this; }
  _read() { this.#socket?.resume(); }
  _write(chunk, encoding, done) { this.#socket.write(chunk, encoding, done); }
  _final(done) { this.#socket?.writable ? this.#socket.end(done) : done(); }
  _destroy(error, done) { this.#socket?.destroy(); done(error); }
}

const { SOCKS_HOST, SOCKS_PORT, SOCKS_USER, SOCKS_PASSWORD, CA_FILE, PGHOST, QUERY } = process.env;
const proxy = SOCKS_HOST && { host: SOCKS_HOST, port: Number(SOCKS_PORT), type: 5, userId: SOCKS_USER, password: SOCKS_PASSWORD };
const client = new pg.Client({
  ssl: CA_FILE ? { ca: readFileSync(CA_FILE), servername: 'localhost', host: PGHOST } : false,
  stream: proxy ? () => new SocksStream(proxy) : undefined,
});

try {
  await client.connect();
  const { rows } = await client.query({ text: QUERY, rowMode: 'array' });
  for (const row of rows) console.log(row[0]);
  await client.end();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
