// The API about itself.

import { docsPageOf } from '../docsPage.ts';
import { html, pageOf, pagePolicy } from '../htmlPage.ts';
import { openApiOf } from '../openApi.ts';
import { inArea, type Route, route } from '../route.ts';

const frontPage = pageOf(
  'Verbatim',
  html`<main><h1>Verbatim</h1><p>A chat server. Its documentation: <a href="/docs">/docs</a>,
for machines <a href="/v1/openapi.json">/v1/openapi.json</a>.</p></main>`,
);

/** `others`: the routes to describe beside these. */
export const documentationRoutes = (others: readonly Route[]): readonly Route[] => {
  const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': pagePolicy };
  const page = (content: string) => ({ headers: { ...headers, 'Cache-Control': 'no-cache' }, content });
  // Made for the first request, then kept: the routes do not change while the program runs.
  let openApi: string | undefined;
  let docs: string | undefined;
  const own: readonly Route[] = inArea('documentation', [
    route({
      method: 'GET',
      path: '/',
      summary: 'Where to go from here',
      access: 'public',
      answers: { 200: 'A small page.' },
      handle: async () => page(frontPage),
    }),
    route({
      method: 'GET',
      path: '/docs',
      summary: 'This page',
      access: 'public',
      answers: { 200: 'A page that needs nothing from elsewhere.' },
      handle: async () => {
        docs ??= docsPageOf([...others, ...own]);
        return page(docs);
      },
    }),
    route({
      method: 'GET',
      path: '/v1/openapi.json',
      summary: 'This API, described for machines',
      access: 'public',
      answers: { 200: 'An OpenAPI 3.1 document.' },
      handle: async () => {
        openApi ??= JSON.stringify(openApiOf([...others, ...own]));
        const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-cache' };
        return { headers, content: openApi };
      },
    }),
  ]);
  return own;
};
