// Opens the status page in Chromium: node status-page.mjs URL ARTIFACTS. Says "loaded", waits for a line on standard input, then for what is to
// appear without a reload, and prints what it found as JSON.
import { once } from 'node:events';
import { chromium } from 'playwright-core';

const [url, artifacts] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const looks = { light: [1280, 900, 'light'], dark: [1280, 900, 'dark'], phone: [390, 844, 'light'] };
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error') faults.push(message.text()); });
  page.on('dialog', (dialog) => { faults.push('a dialog opened'); dialog.dismiss(); });
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById('link').textContent === 'live');
  console.log('loaded');
  await once(process.stdin, 'data');
  await page.locator('#sessions tbody tr').first().waitFor();
  await page.locator('#refusals .end', { hasText: 'policy-denied' }).first().waitFor();
  const found = {
    faults,
    sessions: await page.locator('#sessions').innerText(),
    refusals: await page.locator('#refusals').innerText(),
    injected: await page.locator('main img, main script').count(),
  };
  for (const [name, [width, height, colorScheme]] of Object.entries(looks)) {
    const view = await (await browser.newContext({ viewport: { width, height }, colorScheme })).newPage();
    await view.goto(url);
    await view.screenshot({ path: `${artifacts}/status-page-${name}.png`, fullPage: true });
    found[name] = await view.evaluate(() => document.documentElement.scrollWidth <= innerWidth);
  }
  console.log(JSON.stringify(found));
} finally {
  await browser.close();
}
process.exit(0);
