// npm test [-- ARGS]: every test, from a clean clone in one command. ARGS go to vitest.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrInstallChromium } from './chromium.mjs';
import { build, install, root, run } from './setup.mjs';

const args = process.argv.slice(2);
const onlyUnit = /--project[ =]unit\b/.test(args.join(' '));

await run(async () => {
  await install();
  await build();
  const env = { ...process.env };
  if (!onlyUnit) env.KADSCOPE_CHROMIUM = findOrInstallChromium();
  const folder = mkdtempSync(join(tmpdir(), 'kadscope-test-'));
  try {
    const report = join(folder, 'report.json');
    process.exitCode = await vitest(report, env);
    console.log(closingLine(report));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function vitest(report, env) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, { cwd: root, env, stdio: 'inherit' });
    // Ctrl+C reaches the child by itself; waiting for it lets it print its summary.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** A test file that cannot even be loaded has no failed test to show: it counts as one. */
function closingLine(report) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } =
    readReport(report);
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  return `${numPassedTests} passed, ${numFailedTests + unloaded} failed, ${numPendingTests + numTodoTests} skipped`;
}

function readReport(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    throw new Error('vitest ended without a report: see its output above.');
  }
}
