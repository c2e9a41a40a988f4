import type { SignedCall } from '../aws/signed-call';
import type { InvokeVersion, VersionAnswer } from './try-version';

/** How long a new version may take to start and answer, in milliseconds. */
const INVOKE_TIMEOUT = 60_000;
const REPORT_TIMEOUT = 10_000;

/** A version that is only being made ready is asked again so often, and after so many milliseconds. */
const ATTEMPTS = 10;
const PAUSE = 3_000;
const NOT_READY = [409, 429, 500, 502, 503];

/** Calls a version of a Lambda function. @param arn with the number of the version */
export function invokerOf(call: SignedCall, arn: string, sleep: (milliseconds: number) => Promise<unknown>): InvokeVersion {
  const path = `/2015-03-31/functions/${encodeURIComponent(arn)}/invocations`;
  return async (event) => {
    for (let attempt = 1; ; attempt++) {
      const response = await call({ service: 'lambda', path, headers: {}, body: JSON.stringify(event), timeout: INVOKE_TIMEOUT });
      const text = await response.text();
      if (response.status === 200 && !response.headers.has('x-amz-function-error')) return JSON.parse(text) as VersionAnswer;
      if (attempt === ATTEMPTS || !NOT_READY.includes(response.status)) {
        throw new Error(`expected an answer of ${arn}, got: ${response.status} ${text.slice(0, 1_000)}`);
      }
      await sleep(PAUSE);
    }
  };
}

/** What CodeDeploy tells a hook. */
export interface HookEvent {
  readonly DeploymentId: string;
  readonly LifecycleEventHookExecutionId: string;
}

/** Tells CodeDeploy whether a deployment goes on. @throws Error if it does not take that */
export async function reportHook(call: SignedCall, event: HookEvent, status: 'Succeeded' | 'Failed'): Promise<void> {
  const response = await call({
    service: 'codedeploy',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'CodeDeploy_20141006.PutLifecycleEventHookExecutionStatus',
    },
    body: JSON.stringify({ deploymentId: event.DeploymentId, lifecycleEventHookExecutionId: event.LifecycleEventHookExecutionId, status }),
    timeout: REPORT_TIMEOUT,
  });
  if (!response.ok) throw new Error(`expected CodeDeploy to take the status ${status}, got: ${response.status} ${await response.text()}`);
}
