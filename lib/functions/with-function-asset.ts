import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { type Construct } from 'constructs';
import { rmSync } from 'node:fs';
import { type FunctionAsset, type FunctionCode, writeFunctionAsset } from './function-asset';

/** Writes a function's asset, lets the CDK copy it, and removes it. */
export function withFunctionAsset<T>(scope: Construct, code: FunctionCode, use: (asset: FunctionAsset) => T): T {
  const asset = writeFunctionAsset(code);
  // where the CDK was told not to copy assets, the template refers to this folder itself
  const isCopied = scope.node.tryGetContext(DISABLE_ASSET_STAGING_CONTEXT) === undefined;
  try {
    return use(asset);
  } finally {
    if (isCopied) rmSync(asset.folder, { recursive: true, force: true });
  }
}
