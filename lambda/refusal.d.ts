/** The status of each error code that our code answers with; the codes are MLflow's and Databricks'. */
export declare const STATUS_OF: {
    readonly INVALID_PARAMETER_VALUE: 400;
    readonly UNAUTHENTICATED: 401;
    readonly PERMISSION_DENIED: 403;
    readonly RESOURCE_DOES_NOT_EXIST: 404;
    readonly REQUEST_LIMIT_EXCEEDED: 429;
    readonly INTERNAL_ERROR: 500;
    readonly TEMPORARILY_UNAVAILABLE: 503;
    readonly DEADLINE_EXCEEDED: 504;
};
/** Why a request was refused. */
export type ErrorCode = keyof typeof STATUS_OF;
/** Where in the request, and what was expected there. */
export interface RefusalPlace {
    readonly row?: number;
    readonly column?: string;
    readonly expected: string;
    readonly got: string;
}
/** A request that cannot be answered, for a reason that its sender may read. */
export declare class Refusal extends Error {
    readonly code: ErrorCode;
    readonly name = "Refusal";
    readonly row: number | undefined;
    readonly column: string | undefined;
    /** The HTTP status, when it is not the code's own (404, 405, 413 and 415 by the shell). */
    readonly status: number;
    constructor(code: ErrorCode, reason: string | RefusalPlace, options?: {
        cause?: unknown;
        status?: number;
    });
}
