import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const ASSETS = join(ROOT, 'assets');

interface Component {
  type: string;
  name: string;
  version: string;
  purl: string;
  'bom-ref': string;
  licenses?: object[];
}

interface Bom {
  bomFormat: string;
  specVersion: string;
  metadata: { component: { name: string; version: string } };
  components: Component[];
}

const bom = JSON.parse(readFileSync(join(ASSETS, 'sbom.cdx.json'), 'utf8')) as Bom;
const shipped = bom.components.map(({ name, version }) => `${name}@${version}`);

/** The packages that esbuild names in the comments of bundles that are not minified. */
function packagesInComments(): Set<string> {
  const files = (readdirSync(ASSETS, { recursive: true }) as string[]).filter((file) => file.endsWith('.js'));
  const comments = files.flatMap((file) => readFileSync(join(ASSETS, file), 'utf8').match(/^\/\/ \S*node_modules\/\S+$/gm) ?? []);
  return new Set(comments.map((comment) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(comment)![1]!));
}

/** The version of an installed package, whatever it exports. */
function installedVersion(name: string): string {
  const folders = createRequire(join(ROOT, 'package.json')).resolve.paths(name)!;
  for (const folder of folders) {
    try {
      return (JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { version: string }).version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${name} is not installed in ${dirname(folders[0]!)}`);
}

test('the bill of materials is a CycloneDX document of this package', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', metadata: { component: { name: 'cdk-ml-serving', version } } });
});

test('it names every package in a bundle that is not minified', () => {
  const packages = packagesInComments();
  expect(packages.size).toBeGreaterThan(20);
  const names = bom.components.map(({ name }) => name);
  expect([...packages].filter((name) => !names.includes(name))).toEqual([]);
});

test.each([
  'onnxruntime-node',
  'onnxruntime-common',
  '@smithy/signature-v4',
  '@marcbachmann/cel-js',
  '@bufbuild/protobuf',
  'hyparquet',
  'hyparquet-compressors',
  'hyparquet-writer',
  'hysnappy',
  'dynalite',
  'commander',
  'yaml',
])('it names %s in the installed version', (name) => {
  expect(shipped).toContain(`${name}@${installedVersion(name)}`);
});

test('every component has a package URL and a license, and occurs once', () => {
  expect(new Set(bom.components.map((component) => component['bom-ref'])).size).toBe(bom.components.length);
  for (const { type, name, version, purl, licenses } of bom.components) {
    expect({ type, purl, licenses }).toEqual({
      type: 'library',
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      licenses: [expect.anything()],
    });
  }
});
