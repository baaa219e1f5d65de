// Presses the first "Retire" of the status page in Chromium: node retire-button.mjs URL TOKEN. Prints what a browser without the token gets, what the
// page says of the retirement, and what it says of targets once their sessions have ended, as JSON.
import { chromium } from 'playwright-core';

const [url, password] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const stranger = await (await browser.newContext()).newPage();
  const answer = stranger.waitForResponse(url);
  // Nobody is there whom the browser could ask for the token
  await stranger.goto(url).catch(() => {});
  const refused = (await answer).status();
  const page = await (await browser.newContext({ httpCredentials: { username: 'anybody', password } })).newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById('link').textContent === 'live');
  await page.locator('#targets button').first().click();
  await page.waitForFunction(() => document.getElementById('link').textContent !== 'live');
  const said = await page.locator('#link').innerText();
  await page.locator('#targets', { hasText: 'No session is open' }).waitFor();
  console.log(JSON.stringify({ refused, said, faults }));
} finally {
  await browser.close();
}
process.exit(0);
