// The API about itself.

import { createHash } from 'node:crypto';
import fresh from 'fresh';
import type { Context } from '../context.ts';
import { docsPageOf } from '../docsPage.ts';
import { html, pageOf, pagePolicy } from '../htmlPage.ts';
import { openApiOf } from '../openApi.ts';
import { inArea, type Route, route } from '../route.ts';

/** A text as it leaves, so that no request pays for its encoding. */
interface Kept {
  readonly content: Buffer;
  readonly tag: string;
}

const keep = (text: string): Kept => {
  const content = Buffer.from(text);
  return { content, tag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"` };
};

/** A client that has the text already is not sent it again. */
const serve = (ctx: Context, { content, tag }: Kept, headers: Readonly<Record<string, string>>) => {
  const common = { ...headers, 'Cache-Control': 'no-cache', ETag: tag };
  if (fresh({ 'if-none-match': ctx.req.headers['if-none-match'] }, { etag: tag }))
    return { status: 304, headers: common };
  return { headers: common, content };
};

const frontPage = keep(
  pageOf(
    'Verbatim',
    html`<main><h1>Verbatim</h1><p>A chat server. Its documentation: <a href="/docs">/docs</a>,
for machines <a href="/v1/openapi.json">/v1/openapi.json</a>.</p></main>`,
  ),
);

/** `others`: the routes to describe beside these. */
export const documentationRoutes = (others: readonly Route[]): readonly Route[] => {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': pagePolicy };
  const json = { 'Content-Type': 'application/json; charset=utf-8' };
  // Made for the first request, then kept: the routes do not change while the program runs.
  let openApi: Kept | undefined;
  let docs: Kept | undefined;
  const own: readonly Route[] = inArea('documentation', [
    route({
      method: 'GET',
      path: '/',
      summary: 'Where to go from here',
      access: 'public',
      answers: { 200: 'A small page.', 304: null },
      handle: async ({ ctx }) => serve(ctx, frontPage, headers),
    }),
    route({
      method: 'GET',
      path: '/docs',
      summary: 'This page',
      access: 'public',
      answers: { 200: 'A page that needs nothing from elsewhere.', 304: null },
      handle: async ({ ctx }) => {
        docs ??= keep(docsPageOf([...others, ...own]));
        return serve(ctx, docs, headers);
      },
    }),
    route({
      method: 'GET',
      path: '/v1/openapi.json',
      summary: 'This API, described for machines',
      access: 'public',
      answers: { 200: 'An OpenAPI 3.1 document.', 304: null },
      handle: async ({ ctx }) => {
        openApi ??= keep(JSON.stringify(openApiOf([...others, ...own])));
        return serve(ctx, openApi, json);
      },
    }),
  ]);
  return own;
};
