// The answer of a native route, and how it leaves: once the views show what was recorded.

import { transcode } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { Services } from '../services.ts';
import { Unavailable } from '../store/ports.ts';
import type { Context } from './context.ts';

export interface Reply {
  /** Default: the lowest that the route declares. */
  readonly status?: number | undefined;
  /** Where the effect of a command lies: the answer waits for the views to be there. */
  readonly position?: number;
  /** A JSON value. A function is called once the effect is visible; when that takes too long the answer is 202. */
  readonly body?: unknown;
  /** In place of `body`: content that is not JSON; `headers` say its type. */
  readonly content?: string | Buffer | Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Waits until the views have reached `position`, which a command recorded: true when they have. False after a bounded
 * wait: send the answer all the same, because the event stays recorded.
 */
export const untilVisible = ({ progress }: Services, ctx: Context, position: number): Promise<boolean> => {
  ctx.state.position = position;
  return progress.reached(position);
};

/** Characters. A shorter text costs less as it is: it leaves in one write with the headers. */
const LONG = 4096;

/** What `JSON.stringify` gave, as it leaves. Beside letters of other alphabets or emoji, this costs a ninth of what Node does with a string. */
const encoded = (text: string): string | Buffer =>
  text.length < LONG ? text : transcode(Buffer.from(text, 'utf16le'), 'utf16le', 'utf8');

const sendJson = (ctx: Context, status: number, value: unknown): void => {
  ctx.status = status;
  ctx.res.setHeader('Content-Type', 'application/json; charset=utf-8');
  ctx.body = encoded(JSON.stringify(value));
};

export const send = async (services: Services, ctx: Context, reply: Reply, usual: number): Promise<void> => {
  const { status = usual, position, headers, content, body } = reply;
  const isVisible = position === undefined || (await untilVisible(services, ctx, position));
  if (typeof body === 'function') {
    if (!isVisible) return sendJson(ctx, 202, { position });
    try {
      sendJson(ctx, status, await body());
    } catch (error) {
      // The event stays recorded, even if the views are away now.
      if (position === undefined || !(error instanceof Unavailable)) throw error;
      return sendJson(ctx, 202, { position });
    }
  } else if (body !== undefined) sendJson(ctx, status, body);
  else {
    ctx.status = status;
    if (content !== undefined) ctx.body = content;
  }
  // Last: setting a body sets its length too, which is wrong for a HEAD.
  if (headers) ctx.set(headers);
};
