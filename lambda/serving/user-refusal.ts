/** The status of an error with which user code refuses the values of a row. */
const REFUSED = 400;

/** Whether an error of user code refuses the given values: such an error has `status: 400`. Every other error is a fault of the code. */
export function isRefusal(error: unknown): boolean {
  return (error as { status?: unknown } | null | undefined)?.status === REFUSED;
}
