// What is known of a request while it is answered.

import type { Middleware, ParameterizedContext } from 'koa';
import type { Identity } from '../commands/authenticate.ts';

export interface RequestState {
  /** Given back as `X-Request-Id`, written beside every log line and event of this request. */
  readonly requestId: string;
  /** When it came, by `performance.now()`. */
  readonly began: number;
  /** Place in the log that the answer reflects: given back as `X-Position`. */
  position: number;
  /** Who asks, once known: for the log. */
  identity?: Identity;
}

export type Context = ParameterizedContext<RequestState>;
export type Handler = Middleware<RequestState>;
