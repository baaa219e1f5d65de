// Records of TLS 1.3 as no library makes them: after a handshake of Node's the rest is sealed here, with the client's key.
// Arguments: PORT KIND COUNT. Prints what came back, and how the gateway ended it.
import { createCipheriv, createHmac } from 'node:crypto';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { once } from 'node:events';

const [port, kind, count] = process.argv.slice(2);
const raw = net.connect(Number(port), '127.0.0.1');
const below = new Duplex({ read() {}, write(chunk, _, done) { raw.write(chunk, done); }, final(done) { done(); } });
raw.on('data', (chunk) => below.push(chunk));
raw.on('end', () => below.push(null));
raw.on('error', () => below.push(null));

let secret;
let answer = '';
let end = 'none';
const secured = tls.connect({ socket: below, rejectUnauthorized: false, minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' });
secured.on('keylog', (line) => {
  const [label, , value] = line.toString().trim().split(' ');
  if (label === 'CLIENT_TRAFFIC_SECRET_0') secret = Buffer.from(value, 'hex');
});
secured.on('data', (chunk) => { answer += chunk; });
secured.on('end', () => { end = 'close-notify'; });
secured.on('error', () => { end = 'alert'; });
await once(secured, 'secureConnect');

// RFC 8446 section 7.1
function expand(label, length) {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

let key, iv, sequence;
function useSecret() {
  [key, iv, sequence] = [expand('key', 16), expand('iv', 12), 0n];
}

// RFC 8446 section 5.2
function record(type, content, padding = 0) {
  const plain = Buffer.concat([content, Buffer.from([type]), Buffer.alloc(padding)]);
  const header = Buffer.from([23, 3, 3, 0, 0]);
  header.writeUInt16BE(plain.length + 16, 3);
  const number = Buffer.alloc(12);
  number.writeBigUInt64BE(sequence++, 4);
  const cipher = createCipheriv('aes-128-gcm', key, iv.map((byte, i) => byte ^ number[i]));
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function keyUpdate() {
  const sealed = record(22, Buffer.from([24, 0, 0, 1, 1]));
  secret = expand('traffic upd', 32);
  useSecret();
  return sealed;
}

const kinds = {
  empty: () => record(23, Buffer.alloc(0)),
  byte: () => record(23, Buffer.from('x')),
  padded: () => record(23, Buffer.from('x'), 16000),
  keyupdate: keyUpdate,
  warning: () => record(21, Buffer.from([1, 90])),
  fatal: () => record(21, Buffer.from([2, 80])),
  hello: () => record(22, Buffer.from([1, 0, 0, 4, 1, 2, 3, 4])),
  oversize: () => Buffer.concat([Buffer.from([23, 3, 3, 0x48, 0]), Buffer.alloc(0x4800)]),
  plain: () => Buffer.from('GET / HTTP/1.0\r\n\r\n'),
};
useSecret();
const sealed = [record(23, Buffer.from('<'))];
for (let i = 0; i < Number(count); i++) sealed.push(kinds[kind]());
sealed.push(record(23, Buffer.from('>')));
raw.write(Buffer.concat(sealed));
for (let i = 0; i < 200 && end === 'none' && !answer.endsWith('>'); i++) await new Promise((done) => setTimeout(done, 50));
if (answer.endsWith('>')) {
  raw.write(record(21, Buffer.from([1, 0])));
  for (let i = 0; i < 200 && end === 'none'; i++) await new Promise((done) => setTimeout(done, 50));
}
console.log(`${answer.length} ${end}`);
process.exit(0);
