// An HTTP request through SOCKS5 inside TLS; prints the answer.
// Environment: GATEWAY_PORT TARGET_PORT CA_FILE, and CERT_FILE KEY_FILE for a client certificate.
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { once } from 'node:events';
import { SocksClient } from 'socks';

const { env } = process;
const secured = tls.connect({
  host: '127.0.0.1',
  port: Number(env.GATEWAY_PORT),
  servername: 'localhost',
  ca: readFileSync(env.CA_FILE),
  cert: env.CERT_FILE && readFileSync(env.CERT_FILE),
  key: env.KEY_FILE && readFileSync(env.KEY_FILE),
});
await once(secured, 'secureConnect');
const { socket } = await SocksClient.createConnection({
  proxy: { host: '127.0.0.1', port: Number(env.GATEWAY_PORT), type: 5 },
  existing_socket: secured,
  command: 'connect',
  destination: { host: '127.0.0.1', port: Number(env.TARGET_PORT) },
});
socket.write('GET / HTTP/1.1\r\nHost: target\r\nConnection: close\r\n\r\n');
socket.on('data', (chunk) => process.stdout.write(chunk));
socket.resume();
await once(socket, 'end');
secured.destroy();
