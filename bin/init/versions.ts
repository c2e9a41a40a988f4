import { devDependencies, peerDependencies, version } from '../../package.json';

/** The versions that a new app asks for: of this package, and of what it was built and tested with. */
export const VERSIONS = {
  cdkMlServing: `^${version}`,
  awsCdkLib: peerDependencies['aws-cdk-lib'],
  constructs: peerDependencies.constructs,
  awsCdk: devDependencies['aws-cdk'],
  tsx: devDependencies.tsx,
  nodeTypes: devDependencies['@types/node'],
  typescript: '~5.9.3',
} as const;

/** What Python's pip takes: the versions that npm's `^` takes. */
export const PYTHON_REQUIREMENTS = [
  pipRange('aws-cdk-lib', peerDependencies['aws-cdk-lib']),
  pipRange('cdk-ml-serving', `^${version}`),
  pipRange('constructs', peerDependencies.constructs),
];

function pipRange(name: string, caret: string): string {
  const [major, minor] = caret.slice(1).split('.');
  return `${name}>=${caret.slice(1)},<${major === '0' ? `0.${Number(minor) + 1}` : Number(major) + 1}`;
}
