// Headless Chromium: `browser.js CHROMIUM ECHO-URL CHAT-URL SECURE-ECHO-URL [FOLDER]` talks to the echo servers from a page, and uses the
// chat as two people do: clicks, types, reads; with FOLDER it leaves pictures of the page there. The secure one's certificate is trusted
// by the data base of certificates below HOME.
'use strict';

const puppeteer = require('puppeteer-core');

const [executablePath, echo, chat, secure, pictures] = process.argv.slice(2);

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

async function named(page, name) {
  await page.click('#name');
  await page.type('#name', name);
  await page.keyboard.press('Tab');
}

// Whether the element comes to hold the words, or to hold them no longer.
function holds(page, where, words, so = true) {
  return page.waitForFunction(
    (selector, expected, wanted) => document.querySelector(selector).textContent.includes(expected) === wanted,
    // By a timer: a page in the background draws no frames.
    { timeout: 20000, polling: 100 }, where, words, so,
  ).then(() => true, () => false);
}

const heard = (page, words) => holds(page, '#heard', words);

async function main() {
  const browser = await puppeteer.launch({
    executablePath, headless: true, pipe: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
  });
  try {
    const first = await browser.newPage();
    await first.goto(chat, { timeout: 30000 });
    report((await first.title()) === 'Chat', 'the chat page is served');
    const refused = await first.evaluate((url) => new Promise((resolve) => {
      try { new WebSocket(url).onerror = () => resolve(true); } catch { resolve(true); }
    }), echo);
    report(refused, 'the chat page may talk to nobody else');
    const plain = await browser.newPage();
    for (const [what, ok] of await plain.evaluate(talk, echo)) report(ok, what);
    if (secure) {
      for (const [what, ok] of await plain.evaluate(talk, secure)) report(ok, `over TLS, ${what}`);
    }
    await plain.close();
    await named(first, 'Ann');
    const second = await (await browser.createBrowserContext()).newPage(); // another guest, with a memory of his own
    await second.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
    await second.setViewport({ width: 390, height: 700, isMobile: true, deviceScaleFactor: 2 });
    await second.goto(chat);
    await named(second, 'Bob');
    report(await holds(first, '#here', 'Bob'), 'the first sees the second come');
    await say(second, 'good morning');
    report(await heard(first, 'good morning'), 'the first hears the second');
    report(await heard(second, 'good morning'), 'the second hears himself');
    await first.bringToFront();
    await say(first, '<b>grüß dich</b> 😀');
    report(await heard(second, '<b>grüß dich</b> 😀'), 'the second hears the first, and markup is text');
    if (pictures) {
      await say(first, 'Did you see what the build takes now?');
      await say(second, 'Four seconds.\nAnd nothing is compiled twice, I looked at every line of the log that it writes.');
      await heard(first, 'Four seconds');
      await first.screenshot({ path: `${pictures}/chat-wide.png` });
      await second.screenshot({ path: `${pictures}/chat-narrow.png` });
    }
    // The connection goes: what is said then is not lost, and said once.
    await first.setOfflineMode(true);
    await first.evaluate(() => socket.close());
    await first.waitForFunction(() => document.getElementById('state').className === 'shut', { polling: 100 });
    await say(first, 'said into the void');
    await say(second, 'said meanwhile');
    report(await first.evaluate(() => document.querySelectorAll('.waiting').length === 1), 'what is not acknowledged waits');
    await first.setOfflineMode(false);
    report(await heard(second, 'said into the void'), 'it is delivered when the connection is back');
    report(await heard(first, 'said meanwhile'), 'and what was missed is told');
    report(await first.evaluate(() => [...document.querySelectorAll('#heard li')]
      .filter((line) => line.textContent.includes('into the void')).length === 1
      && !document.querySelector('.waiting')), 'once');
    await second.close();
    report(await holds(first, '#here', 'Bob', false), 'the first sees the second leave');
  } finally {
    await browser.close();
  }
}

main().catch((error) => { report(false, 'browser', error.message); process.exitCode = 1; });
