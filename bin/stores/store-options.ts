import type { Command } from 'commander';
import type { AppOptions } from '../app/app-settings';
import type { Stack } from '../app/cloud-assembly';

/** Which AWS to ask. */
export interface AwsOptions {
  /** The profile of the user's AWS configuration. */
  readonly profile?: string;
  /** By default the stack's own, else that of the user's configuration. */
  readonly region?: string;
}

/** Which stores of a feature table to open: the deployed ones, or those of a running `dev`. */
export interface StoreOptions extends AwsOptions {
  /** Whether those of the `dev` that runs in this folder. */
  readonly local?: boolean;
  /** The bucket of the offline store, where the template does not say it in a way that can be asked for. */
  readonly bucket?: string;
}

/** The settings of the AWS SDK's clients. */
export function clientSettings(stack: Stack, { profile, region = stack.region }: AwsOptions): AwsOptions {
  return { profile, ...(region !== undefined && { region }) };
}

/** Adds the options of a command that opens stores, which are {@link StoreOptions} and {@link AppOptions}. */
export function addStoreOptions(command: Command): Command {
  const gather = (value: string, before: AppOptions['context'] = []): AppOptions['context'] => [...before, value];
  return command
    .option('-a, --app <command>', 'the command that runs the app, or the folder of a cloud assembly (default: what cdk.json says)')
    .option('-c, --context <key=value>', 'a context value; may be repeated', gather)
    .option('--profile <name>', 'the profile of your AWS configuration')
    .option('--region <region>', "the region of the stack (default: the stack's own, else your configuration's)")
    .option('--bucket <name>', 'the bucket of the offline store, where the template does not tell it')
    .option('--local', 'the stores of the `dev` that runs in this folder');
}
