// Headless Chromium: `browser.js CHROMIUM ECHO-URL CHAT-URL` talks to the echo server from a page, and uses the chat as two
// people do: clicks, types, reads.
'use strict';

const puppeteer = require('puppeteer-core');

const [executablePath, echo, chat] = process.argv.slice(2);

function report(ok, what, why = '') {
  console.log(ok ? `ok ${what}` : `not ok ${what}: ${why}`);
}

// Runs in the page: what an application would do.
async function talk(url) {
  const results = [];
  const open = (path, protocols) => new Promise((resolve, reject) => {
    const socket = new WebSocket(url + path, protocols);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => resolve(socket);
    socket.onerror = () => reject(new Error(`no connection to ${path}`));
  });
  const next = (socket) => new Promise((resolve) => { socket.onmessage = (event) => resolve(event.data); });
  const ended = (socket) => new Promise((resolve) => { socket.onclose = resolve; });

  const socket = await open('/', []);
  results.push(['deflate', socket.extensions.startsWith('permessage-deflate')]);
  for (const [name, text] of [['text', 'grüß dich 😀'], ['empty text', ''], ['1 MiB text', 'ab'.repeat(1 << 19)]]) {
    socket.send(text);
    results.push([name, (await next(socket)) === text]);
  }
  for (const [name, size] of [['empty binary', 0], ['64 KiB binary', 65536], ['1 MiB binary', 1 << 20]]) {
    const sent = new Uint8Array(size).map((_, index) => index * 7);
    socket.send(sent);
    const back = new Uint8Array(await next(socket));
    results.push([name, back.length === size && back.every((byte, index) => byte === sent[index])]);
  }
  let end = ended(socket);
  socket.close(4001, 'that is all');
  let event = await end;
  results.push(['our close is echoed', event.wasClean && event.code === 4001]);

  const told = await open('/close', []);
  end = ended(told);
  told.send('4321 told so');
  event = await end;
  results.push(["the peer's close", event.wasClean && event.code === 4321 && event.reason === 'told so']);

  const speaker = await open('/chat', ['gossip', 'chat']);
  results.push(['subprotocol', speaker.protocol === 'chat']);
  speaker.close();
  results.push(['refusal', await open('/plain', []).then(() => false, () => true)]);
  return results;
}

async function say(page, words) {
  await page.click('#words');
  await page.type('#words', words);
  await page.click('#send');
}

function heard(page, words) {
  return page.waitForFunction(
    (expected) => [...document.querySelectorAll('#heard li')].some((line) => line.textContent.includes(expected)),
    // By a timer: a page in the background draws no frames.
    { timeout: 10000, polling: 100 }, words,
  ).then(() => true, () => false);
}

async function main() {
  const browser = await puppeteer.launch({
    executablePath, headless: true, pipe: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
  });
  try {
    const first = await browser.newPage();
    await first.goto(chat, { timeout: 30000 });
    report((await first.title()) === 'Chat', 'the chat page is served');
    for (const [what, ok] of await first.evaluate(talk, echo)) report(ok, what);
    const second = await browser.newPage();
    await second.goto(chat);
    report(await heard(first, '2 has come'), 'the first hears of the second');
    await second.bringToFront();
    await say(second, 'good morning');
    report(await heard(first, '2: good morning'), 'the first hears the second');
    report(await heard(second, '2: good morning'), 'the second hears himself');
    await first.bringToFront();
    await say(first, 'grüß dich 😀');
    report(await heard(second, '1: grüß dich 😀'), 'the second hears the first');
    await second.close();
    report(await heard(first, '2 has left'), 'the first hears the second leave');
  } finally {
    await browser.close();
  }
}

main().catch((error) => { report(false, 'browser', error.message); process.exitCode = 1; });
