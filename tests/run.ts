// `npm test`: builds what the tests run, runs them all, and closes with one plain line of counts.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from '#cli/build.ts';
import { findChromium } from '#cli/chromium.ts';
import { importModel } from '#cli/model-import.ts';
import { demoModelFolder } from '#cli/site.ts';

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  success: boolean;
}

await build();
// Several test files need these at once; made here, they are not made side by side.
await importModel({ directory: demoModelFolder });
process.env.IDLEWILD_CHROMIUM ??= await findChromium();
const folder = mkdtempSync(path.join(tmpdir(), 'idlewild-test-'));
const reportFile = path.join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${reportFile}`];
const args = ['run', ...reporters, ...process.argv.slice(2)];
const { status } = spawnSync('node_modules/.bin/vitest', args, { stdio: 'inherit' });
let line = '0 passed, 1 failed, 0 skipped';
let passed = false;
try {
  const report = JSON.parse(readFileSync(reportFile, 'utf8')) as Report;
  const skipped = report.numPendingTests + report.numTodoTests;
  // A file that fails before its first test has no failed test of its own: count it as one.
  const failed = Math.max(report.numFailedTests, report.success ? 0 : 1);
  line = `${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`;
  passed = status === 0 && report.success && report.numPassedTests > 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
  console.log(line);
}
process.exit(passed ? 0 : 1);
