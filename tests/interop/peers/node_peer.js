// The peer on Node's ws: `node_peer.js serve [--no-deflate]`, or `node_peer.js visit URL [--no-deflate]`.
'use strict';

const http = require('http');
const WebSocket = require('ws');

const deflate = !process.argv.includes('--no-deflate');

function serve() {
  const server = http.createServer((request, response) => {
    response.writeHead(404);
    response.end();
  });
  const sockets = new WebSocket.Server({
    noServer: true, perMessageDeflate: deflate, maxPayload: 0,
    handleProtocols: (offered) => (offered.has('chat') ? 'chat' : false),
  });
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/plain') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n\r\nno entry');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => answer(connection, request.url));
  });
  server.listen(0, '127.0.0.1', () => console.log(`ws://127.0.0.1:${server.address().port}`));
  process.stdin.resume();
  process.stdin.on('end', () => process.exit(0));
}

function answer(connection, path) {
  connection.on('message', (data, binary) => {
    if (path === '/close') {
      const [code, ...reason] = data.toString().split(' ');
      connection.close(Number(code), reason.join(' '));
    } else if (path === '/fragments') {
      const third = Math.floor(data.length / 3);
      connection.send(data.subarray(0, third), { binary, fin: false });
      connection.send(data.subarray(third, 2 * third), { binary, fin: false });
      connection.send(data.subarray(2 * third), { binary, fin: true });
    } else {
      connection.send(data, { binary });
    }
  });
}

function report(ok, what, why = '') {
  console.log(ok ? `ok ${what}` : `not ok ${what}: ${why}`);
}

function open(url, protocols = []) {
  const connection = new WebSocket(url, protocols, { perMessageDeflate: deflate, maxPayload: 0 });
  const once = (event) => new Promise((resolve, reject) => {
    connection.once(event, (...what) => resolve(what));
    connection.once('error', reject);
  });
  return { connection, once };
}

async function visit(url) {
  const messages = [
    ['text', 'grüß dich 😀'], ['empty text', ''], ['empty binary', Buffer.alloc(0)], ['binary', Buffer.alloc(300, 7)],
    ['64 KiB text', 'x'.repeat(65536)], ['64 KiB binary', Buffer.alloc(65536, 'q')],
    ['1 MiB text', 'ab'.repeat(1 << 19)], ['1 MiB binary', Buffer.alloc(1 << 20, 'z')],
  ];
  const { connection, once } = open(url);
  await once('open');
  report((connection.extensions !== '') === deflate, 'deflate as asked', connection.extensions);
  for (const [name, message] of messages) {
    connection.send(message);
    const [back, binary] = await once('message');
    report(binary === Buffer.isBuffer(message) && back.equals(Buffer.from(message)), name, `${back.length} back`);
  }
  connection.send('one ', { fin: false });
  connection.send('two ', { fin: false });
  connection.send('three', { fin: true });
  report((await once('message'))[0].toString() === 'one two three', 'fragments');
  connection.ping('are you there?');
  report((await once('pong'))[0].toString() === 'are you there?', 'ping');
  connection.close(4001, 'that is all');
  const [ours] = await once('close');
  report(ours === 4001, 'our close is echoed', ours);

  const told = open(`${url}/close`);
  await told.once('open');
  told.connection.send('4321 told so');
  const [code, reason] = await told.once('close');
  report(code === 4321 && reason.toString() === 'told so', "the peer's close", code);

  const chat = open(`${url}/chat`, ['gossip', 'chat']);
  await chat.once('open');
  report(chat.connection.protocol === 'chat', 'subprotocol', chat.connection.protocol);
  chat.connection.terminate();

  const refused = open(`${url}/plain`);
  refused.connection.on('error', () => {});
  const [, response] = await refused.once('unexpected-response');
  report(response.statusCode === 403, 'refusal', response.statusCode);
  process.exit(0);
}

if (process.argv[2] === 'serve') serve();
else visit(process.argv[3]).catch((error) => { report(false, 'visit', error.message); process.exit(1); });
