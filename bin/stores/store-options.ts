import type { Command } from 'commander';
import { addAppOptions } from '../app/app-settings';
import type { Stack } from '../app/cloud-assembly';

/** Which AWS account and region to call. */
export interface AwsOptions {
  /** The profile of the user's AWS configuration. */
  readonly profile?: string;
  /** @default - the stack's region, otherwise the region of the user's configuration */
  readonly region?: string;
}

/** Which stores of a feature table to open. */
export interface StoreOptions extends AwsOptions {
  /** Whether to open the stores of the `dev` that runs in this folder, and not the deployed ones. */
  readonly local?: boolean;
  /** The bucket of the offline store, if the template has a token that we cannot resolve. */
  readonly bucket?: string;
}

/** The settings of the AWS SDK's clients. */
export function clientSettings(stack: Stack, { profile, region = stack.region }: AwsOptions): AwsOptions {
  return { profile, ...(region !== undefined && { region }) };
}

/** Adds the options of a command that opens stores: {@link StoreOptions} and those of the app. */
export function addStoreOptions(command: Command): Command {
  return addAppOptions(command)
    .option('--profile <name>', 'the profile of your AWS configuration')
    .option('--region <region>', "the region of the stack (default: the stack's, otherwise the one of your configuration)")
    .option('--bucket <name>', 'the bucket of the offline store, if the template does not name it')
    .option('--local', 'use the stores of the `dev` that runs in this folder');
}
