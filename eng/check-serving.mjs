// Publishes the serving app with its runtime inside, starts it as a container or an edge box would (a copied folder, an empty environment),
// and holds its answers to the golden rows of each endpoint against those that evaluation got.
// Usage: node eng/check-serving.mjs MODELS [APP]   MODELS: what 'mlops endpoints export' wrote; APP: a published folder, made here without.
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const [models, app] = process.argv.slice(2);
if (!models || !existsSync(join(models, 'endpoints'))) {
  console.error(`check-serving: '${models ?? ''}' has no folder endpoints/. Write one: mlops endpoints export NAME --out FOLDER --models-only; it is FOLDER/models.`);
  process.exit(2);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (!app) execFileSync(join(root, 'eng', 'images.sh'), ['serving'], { stdio: ['ignore', 'inherit', 'inherit'] });
const place = mkdtempSync(join(tmpdir(), 'mlops-serving-'));
cpSync(app ? resolve(app) : join(root, 'artifacts', 'images', 'serving'), join(place, 'app'), { recursive: true });
cpSync(resolve(models), join(place, 'models'), { recursive: true });
const server = spawn(join(place, 'app', 'mlops-serving'), ['--models', 'models', '--url', 'http://127.0.0.1:0'], { cwd: place, env: {}, stdio: ['ignore', 'inherit', 'pipe'] });
const ended = new Promise(resolve => server.on('exit', (code, signal) => resolve(code ?? signal)));
try {
  const address = await new Promise((resolve, reject) => {
    createInterface({ input: server.stderr }).on('line', line => {
      console.error(line);
      if (line.startsWith('Listening at ')) resolve(line.slice('Listening at '.length));
    });
    ended.then(code => reject(new Error(`it ended with ${code} before it listened`)));
  });
  const read = path => JSON.parse(readFileSync(join(place, 'models', path), 'utf8'));
  for (const endpoint of readdirSync(join(place, 'models', 'endpoints'))) {
    for (const { name, model, version } of read(`endpoints/${endpoint}/manifest.json`).variants) {
      const { instances, expected } = read(`models/${model}/${version}/golden.json`);
      const response = await fetch(`${address}/api/endpoints/${endpoint}/variants/${name}/predict`, {
        method: 'POST', headers: { 'Content-Type': 'application/json', 'X-MlOps-Test': 'check-serving' }, body: JSON.stringify({ instances }),
      });
      if (response.status !== 200) throw new Error(`${endpoint}, ${name}: ${response.status} ${await response.text()}`);
      const { predictions } = await response.json();
      const worst = Math.max(...predictions.flatMap((p, row) => p.scores.map((score, i) => Math.abs(score - expected[row][i]))));
      if (predictions.length !== instances.length || !(worst <= 1e-4)) throw new Error(`${endpoint}, ${name}: the golden rows are answered otherwise, by ${worst}`);
      console.log(`${endpoint}: ${name} = ${model} version ${version} answers ${predictions.length} golden rows as evaluated (largest difference ${worst})`);
    }
  }

  server.kill('SIGTERM');
  const code = await ended;
  if (code !== 0) throw new Error(`it ended with ${code} when it was told to stop`);
} catch (error) {
  server.kill('SIGKILL');
  console.error(`check-serving: ${error.message}`);
  process.exitCode = 1;
} finally {
  await ended;
  rmSync(place, { recursive: true, force: true });
}
