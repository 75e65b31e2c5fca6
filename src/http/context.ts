// What the server knows of a request while it answers it.

import type { ParameterizedContext } from 'koa';
import type { Identity } from '../commands/authenticate.ts';
import type { Count } from '../limits/limits.ts';
import type { Reading } from './reading.ts';

export interface RequestState {
  /** Returned as `X-Request-Id`, and written into each log line and event of this request. */
  readonly requestId: string;
  /** The address of the client. */
  readonly address: string;
  /** When the request arrived, by `performance.now()`. */
  readonly began: number;
  /** Position that the answer reflects: returned as `X-Position`. */
  position: number;
  /** What the limits counted of this request. */
  counts: Count[];
  /** The security log has what was refused here, or need not have it. */
  isNoted: boolean;
  /** The program has done with the request. */
  isDone: boolean;
  /** The answer has left, or the connection is gone. */
  isGone: boolean;
  /** The status with which the connection ended the request. */
  cutWith?: number | undefined;
  /** The caller, once known. */
  identity?: Identity;
  /** Of long lists; missing: it has read none. */
  reading?: Reading;
}

export type Context = ParameterizedContext<RequestState>;
