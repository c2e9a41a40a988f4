import { devDependencies, peerDependencies, version } from '../../package.json';

/** The versions in a new app: this package's, and those that this package was built and tested with. */
export const VERSIONS = {
  cdkMlServing: `^${version}`,
  awsCdkLib: peerDependencies['aws-cdk-lib'],
  constructs: peerDependencies.constructs,
  awsCdk: devDependencies['aws-cdk'],
  tsx: devDependencies.tsx,
  nodeTypes: devDependencies['@types/node'],
  typescript: '~5.9.3',
} as const;

/** The version ranges for pip, equal to npm's `^` ranges. */
export const PYTHON_REQUIREMENTS = [
  pipRange('aws-cdk-lib', peerDependencies['aws-cdk-lib']),
  pipRange('cdk-ml-serving', `^${version}`),
  pipRange('constructs', peerDependencies.constructs),
];

function pipRange(name: string, caret: string): string {
  const [major, minor] = caret.slice(1).split('.');
  return `${name}>=${caret.slice(1)},<${major === '0' ? `0.${Number(minor) + 1}` : Number(major) + 1}`;
}
