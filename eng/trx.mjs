// Sums up the .trx files of a test run. Failed and skipped tests go to standard error with their messages; the last line of
// standard output is 'N passed, N failed[, N skipped]', or one JSON object with --json. Exit code 0: something ran and all of it passed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const argument = name => process.argv[process.argv.indexOf(name) + 1];
const folder = argument('--results');
const exitCode = argument('--exit-code');

const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const decode = text => text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name) =>
  name.startsWith('#x') ? String.fromCodePoint(parseInt(name.slice(2), 16))
  : name.startsWith('#') ? String.fromCodePoint(Number(name.slice(1)))
  : entities[name] ?? whole);
const attribute = (element, name) => decode(new RegExp(`\\s${name}="([^"]*)"`).exec(element)?.[1] ?? '');
const inside = (element, tag) => decode(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(element)?.[1] ?? '');

const summary = { passed: 0, failed: 0, skipped: 0, seconds: 0, failures: [], skips: [] };
const files = readdirSync(folder, { recursive: true }).filter(name => name.endsWith('.trx')).sort();
for (const file of files) {
  const trx = readFileSync(join(folder, file), 'utf8');
  for (const [element, head] of trx.matchAll(/<UnitTestResult(\s[^>]*?)(?:\/>|>[\s\S]*?<\/UnitTestResult>)/g)) {
    const name = attribute(head, 'testName');
    switch (attribute(head, 'outcome')) {
      case 'Passed':
        summary.passed++;
        break;
      case 'NotExecuted':
        summary.skipped++;
        // The reason is the message where the adapter gives one, and else the output.
        summary.skips.push({ name, reason: (inside(element, 'Message') || inside(element, 'StdOut')).trim() });
        break;
      default:
        summary.failed++;
        summary.failures.push({ name, message: [inside(element, 'Message'), inside(element, 'StackTrace')].join('\n').trim() });
    }
  }
  const times = /<Times\s[^>]*>/.exec(trx)?.[0] ?? '';
  summary.seconds += (Date.parse(attribute(times, 'finish')) - Date.parse(attribute(times, 'start'))) / 1000 || 0;
}
summary.seconds = Math.round(summary.seconds * 10) / 10;

const fault = message => { summary.failed++; summary.failures.push({ name: 'the test run itself', message }); };
if (exitCode === 'build') fault('The solution does not build; the errors are above.');
else if (exitCode !== '0' && summary.failed === 0) fault(`dotnet test ended with code ${exitCode} though no test failed, as when a test host dies; see ${join(folder, 'output.log')}.`);
else if (summary.passed + summary.failed === 0) fault('No test ran: none matches the filter, or none was found.');

for (const { name, reason } of summary.skips) console.error(`skipped ${name}${reason ? `: ${reason}` : ''}`);
for (const { name, message } of summary.failures) console.error(`FAILED ${name}\n  ${message.replaceAll('\n', '\n  ')}`);
console.log(process.argv.includes('--json')
  ? JSON.stringify(summary)
  : `${summary.passed} passed, ${summary.failed} failed${summary.skipped > 0 ? `, ${summary.skipped} skipped` : ''}`);
process.exitCode = summary.failed > 0 ? 1 : 0;
