// Draws docs/pictures/terminal.svg: what `npm start` prints, from a real run of the example app. Needs `npm run build:assets`.
//
//   node scripts/make-picture.mjs
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const PICTURE = join(ROOT, 'docs', 'pictures', 'terminal.svg');
const COLUMNS = 118;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.8;
const MARGIN = 16;

/** The lines that `dev` prints until it is ready. */
async function record() {
  const offline = mkdtempSync(join(tmpdir(), 'picture-'));
  const rows = ['houses', 'predicted_prices'].flatMap((table) => ['--load', `${table}=examples/data/${table}.csv`]);
  const dev = spawn(process.execPath, ['assets/cli/cdk-ml-serving.js', 'dev', '--offline', offline, ...rows], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  const ready = new Promise((resolve, reject) => {
    const take = (text) => {
      printed += text;
      if (printed.includes('ready; Ctrl-C stops it')) resolve();
    };
    for (const stream of [dev.stdout, dev.stderr]) stream.setEncoding('utf8').on('data', take);
    dev.once('exit', () => reject(new Error(`dev ended early:\n${printed}`)));
  });
  try {
    await ready;
  } finally {
    dev.kill('SIGINT');
    rmSync(offline, { recursive: true, force: true });
  }
  return printed.trimEnd().split('\n');
}

/** Long lines go on below, as a terminal of this width shows them. */
function wrap(line) {
  const pieces = [];
  for (let start = 0; start === 0 || start < line.length; start += COLUMNS) pieces.push(line.slice(start, start + COLUMNS));
  return pieces;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function draw(lines) {
  const width = Math.round(COLUMNS * CHARACTER_WIDTH) + 2 * MARGIN;
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  const texts = lines.map((line, i) => {
    const color = line.startsWith('$') ? '#7ee787' : /^ {2}\{/.test(line) ? '#79c0ff' : '#e6edf3';
    return `<text x="${MARGIN}" y="${MARGIN + (i + 1) * LINE_HEIGHT - 5}" fill="${color}" xml:space="preserve">${escaped(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
${texts.join('\n')}
</svg>
`;
}

const lines = ['$ npm ci && npm start', ...(await record())].flatMap(wrap);
mkdirSync(dirname(PICTURE), { recursive: true });
writeFileSync(PICTURE, draw(lines));
