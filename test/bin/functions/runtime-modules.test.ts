import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { devDependencies } from '../../../package.json';
import { runtimeModules } from '../../../bin/functions/runtime-modules';

let appFolder: string;
beforeEach(() => (appFolder = realpathSync(mkdtempSync(join(tmpdir(), 'app-')))));
afterEach(() => rmSync(appFolder, { recursive: true, force: true }));

test.each([
  ['x64', 'layer-x86_64'],
  ['arm64', 'layer-arm64'],
])('on Linux %s they are those of %s', (arch, layer) => {
  expect(runtimeModules({ platform: 'linux', arch, assets: '/assets', appFolder })).toEqual({
    folders: [`/assets/${layer}/nodejs/node_modules`],
  });
});

test("elsewhere they are the runtime and the ONNX Runtime of the user's project", () => {
  const module = join(appFolder, 'node_modules', 'onnxruntime-node');
  mkdirSync(module, { recursive: true });
  writeFileSync(join(module, 'package.json'), '{}');
  expect(runtimeModules({ platform: 'darwin', arch: 'arm64', assets: '/assets', appFolder })).toEqual({
    folders: ['/assets/runtime/nodejs/node_modules', join(appFolder, 'node_modules')],
  });
});

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 's390x'],
] as const)('on %s %s, without one, the advice says what to install', (platform, arch) => {
  expect(runtimeModules({ platform, arch, assets: '/assets', appFolder })).toEqual({
    folders: ['/assets/runtime/nodejs/node_modules'],
    advice: `models need ONNX Runtime for ${platform}: npm install --save-dev onnxruntime-node@${devDependencies['onnxruntime-node']}`,
  });
});
