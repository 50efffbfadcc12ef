// What the server says is wrong (RFC 9457), and what stands for it when it says nothing.

export interface Waiting { place: number; estimate_seconds: number; ticket?: string }
export interface SecondFactor { challenge: string; enrolment: boolean; expires_in: number }

export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  request_id: string;
  retryable: boolean;
  field?: string;
  waiting?: Waiting;
  second_factor?: SecondFactor;
  standing?: unknown;
}

/** `status` 0: no answer came, and `code` is `unreachable`, or `outcome_unknown` if something may have been done. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly retryable: boolean,
    readonly retryAfterMs: number | undefined = undefined,
    readonly problem: ProblemBody | undefined = undefined,
  ) { super(detail); }
  get field(): string | undefined { return this.problem?.field; }
  get waiting(): Waiting | undefined { return this.problem?.waiting; }
}

/** Of an answer of 400 or more, whatever stands in it. */
export function errorOf(status: number, body: unknown, retryAfterMs: number | undefined): ApiError {
  const problem = body as Partial<ProblemBody> | null;
  if (problem && typeof problem === 'object' && typeof problem.code === 'string' && typeof problem.detail === 'string')
    return new ApiError(status, problem.code, problem.detail, problem.retryable === true, retryAfterMs, problem as ProblemBody);
  // Not ours: a proxy in front. 502 to 504 say that the request may have been passed on.
  return new ApiError(status, status === 429 ? 'quota_exceeded' : status >= 500 ? 'unavailable' : 'bad_request', `HTTP ${status}`, status === 429 || status >= 500, retryAfterMs);
}
