// npm run pictures: takes the pictures of the docs, every screen in dark and light, wide and narrow.
// The simulation is seeded and the links name the moment, so the pictures change only with the studio.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findOrInstallChromium } from './chromium.mjs';
import { build, install, root, run } from './setup.mjs';

const MOMENT = '#/sim?t=430&lookup=0&follow=1';
const screens = {
  ruler: { link: `${MOMENT}&view=ruler` },
  ring: { link: `${MOMENT}&view=ring` },
  classic: { link: `${MOMENT}&view=ring`, click: 'Classic' },
  events: { link: `${MOMENT}&view=events` },
  table: { link: `${MOMENT}&view=ruler&table=1` },
  operations: { link: `${MOMENT}&panel=operations` },
  'add-file': { link: `${MOMENT}&panel=add-file` },
  open: { link: `${MOMENT}&panel=open-file` },
  help: { link: `${MOMENT}&panel=help` },
  commands: { link: `${MOMENT}&panel=commands` },
  error: { link: '#/replay?src=samples/none.netvis' },
};
const sizes = { wide: { width: 1440, height: 900 }, narrow: { width: 390, height: 844 } };

await run(async () => {
  await install();
  await build();
  mkdirSync(`${root}docs/images`, { recursive: true });
  const server = await startStudio();
  try {
    await takeAll(server.url, process.argv.slice(2));
  } finally {
    server.process.kill('SIGTERM');
  }
});

/** Starts the studio on a free port and reads its address from its first line. */
async function startStudio() {
  const launcher = `${root}packages/kadscope/bin/kadscope.js`;
  const child = spawn(process.execPath, [launcher, 'studio', '--port', '0', '--no-open'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /http:\S+/.exec(line)?.[0];
    if (url) return { process: child, url };
  }
  throw new Error('the studio did not start');
}

async function takeAll(url, only) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: findOrInstallChromium(),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  for (const [screen, { link, click }] of Object.entries(screens)) {
    if (only.length > 0 && !only.includes(screen)) continue;
    for (const colorScheme of ['dark', 'light']) {
      for (const [size, viewport] of Object.entries(sizes)) {
        const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
        await page.goto(url + link);
        await page.waitForTimeout(2500);
        if (click) await page.getByRole('button', { name: click }).first().click();
        await page.waitForTimeout(500);
        const path = `docs/images/${screen}-${colorScheme}-${size}.png`;
        await page.screenshot({ path: root + path });
        console.log(path);
        await page.close();
      }
    }
  }
  await browser.close();
}
