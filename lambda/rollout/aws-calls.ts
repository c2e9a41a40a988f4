// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
// https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_PutLifecycleEventHookExecutionStatus.html
import type { Environment } from '../aws/credentials';
import { endpointOf } from '../aws/endpoints';
import { createJsonCall, jsonCallerSettings } from '../aws/json-call';
import { Retries, type RetryIo, type RetryPolicy, untilAnswered } from '../aws/retry';
import { AwsError, callerSettings, createSignedCall } from '../aws/signed-call';
import type { InvokeVersion, VersionAnswer } from './try-version';

/** What the calls take from the process that they are made in. */
export interface RolloutIo extends RetryIo {
  /** The environment variables: region, credentials, endpoints. */
  readonly env: Environment;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** How long a new version may take to start and answer, in milliseconds. */
const ANSWER_LIMIT = 60_000;

/** How long a version that is not ready yet is called again, in milliseconds, and with which pauses. */
const READY_LIMIT = 60_000;
const UNTIL_READY: RetryPolicy = { maxTries: Infinity, firstPause: 1000, longestPause: 6000 };

/** Statuses of a version that is being made ready, and of a permission that IAM does not know everywhere yet. */
const NOT_READY = [403, 409];

const REPORT_RETRIES: RetryPolicy = { maxTries: 6, firstPause: 500, longestPause: 5000 };

/** Calls a version of a Lambda function. @param arn with the number of the version */
export function invokerOf(io: RolloutIo, arn: string): InvokeVersion {
  const settings = callerSettings(io.env, 'lambda', io.now);
  const endpoint = endpointOf(io.env, 'lambda', settings.region);
  const call = createSignedCall(settings, io.now);
  const path = `${endpoint.pathname.replace(/\/$/, '')}/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`;
  const invoke = async (body: string) => {
    try {
      return await call({ action: 'lambda:InvokeFunction', endpoint, path, body, silenceLimit: ANSWER_LIMIT });
    } catch (error) {
      if (!(error instanceof AwsError && NOT_READY.includes(error.status))) throw error;
      return { kind: 'failed', error, atOnce: false } as const;
    }
  };
  return async (event) => {
    const retries = new Retries(io, UNTIL_READY);
    const end = io.now() + READY_LIMIT;
    for (;;) {
      const outcome = await invoke(JSON.stringify(event));
      if (outcome.kind === 'answered') {
        const text = (await outcome.result.bytes()).toString();
        if (outcome.result.headers['x-amz-function-error'] === undefined) return JSON.parse(text) as VersionAnswer;
        throw new Error(`expected an answer of ${arn}, got: the error ${text.slice(0, 1_000)}`);
      }
      if (!(await retries.next(outcome, end - io.now()))) throw outcome.error;
    }
  };
}

/** What CodeDeploy tells a hook. */
export interface HookEvent {
  readonly DeploymentId: string;
  readonly LifecycleEventHookExecutionId: string;
}

/** Tells CodeDeploy whether a deployment goes on. @throws Error if CodeDeploy does not accept the status */
export async function reportHook(io: RolloutIo, event: HookEvent, status: 'Succeeded' | 'Failed'): Promise<void> {
  const call = createJsonCall(jsonCallerSettings(io.env, 'codedeploy', io.now), io.now);
  const body = { deploymentId: event.DeploymentId, lifecycleEventHookExecutionId: event.LifecycleEventHookExecutionId, status };
  const outcome = await untilAnswered(io, REPORT_RETRIES, () => call('PutLifecycleEventHookExecutionStatus', JSON.stringify(body)));
  if (outcome.kind !== 'answered') throw outcome.error;
}
