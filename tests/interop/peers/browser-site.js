// Headless Chromium uses the example `site`: `browser-site.js CHROMIUM URL` loads its page, asks its API and listens to its feed, with
// the right password and with a wrong one.
'use strict';

const puppeteer = require('puppeteer-core');

const [executablePath, site] = process.argv.slice(2);

function report(ok, what, why = '') {
  console.log(ok ? `ok ${what}` : `not ok ${what}: ${why}`);
}

// Runs in the page: what it gets of the site.
async function use() {
  const status = async (path, options) => (await fetch(path, options)).status;
  const range = await fetch('/digits.txt', { headers: { Range: 'bytes=5-9' }, cache: 'no-store' });
  const got = {
    script: window.parts,
    range: [range.status, await range.text()],
    missing: await status('/missing'),
    refused: await status('/digits.txt', { method: 'POST', body: 'x' }),
    api: await status('/api'),
  };
  if (got.api === 200) got.visitors = (await (await fetch('/api')).json()).visitors;
  got.feed = await new Promise((resolve) => {
    const feed = new WebSocket(`ws://${location.host}/feed`);
    feed.onerror = () => resolve('refused');
    feed.onmessage = (event) => { resolve(event.data); feed.close(); };
    feed.onopen = () => fetch('/digits.txt', { cache: 'no-store' });
  });
  return got;
}

async function main() {
  const browser = await puppeteer.launch({
    executablePath, headless: true, pipe: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
  });
  try {
    const guest = await browser.newPage();
    await guest.authenticate({ username: 'guest', password: 'secret' });
    await guest.goto(site, { timeout: 30000 });
    report((await guest.title()) === 'A site', 'the site serves its page');
    const known = await guest.evaluate(use);
    report(known.script === 'all', 'and what belongs to the page', known.script);
    report(known.range.join() === '206,56789', 'and a range of a file', known.range.join());
    report(known.missing === 404, 'and says what is missing', known.missing);
    report(known.refused === 405, 'and what is not allowed', known.refused);
    report(known.visitors >= 3, 'with a password there is the API', known.visitors);
    report(known.feed === '/digits.txt', 'and the feed', known.feed);

    const stranger = await (await browser.createBrowserContext()).newPage();
    await stranger.authenticate({ username: 'guest', password: 'guessed' });
    await stranger.goto(site, { timeout: 30000 });
    const unknown = await stranger.evaluate(use);
    report(unknown.api === 401, 'with a wrong one the API is closed', unknown.api);
    report(unknown.feed === 'refused', 'and the feed as well', unknown.feed);
  } finally {
    await browser.close();
  }
}

main().catch((error) => { report(false, 'browser', error.message); process.exitCode = 1; });
