// S61, S62: nothing that was uploaded runs in a browser, and nothing that was packed is unpacked here.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectLittleLeft } from '../../support/expectLittleLeft.ts';
import { type Person, type Program, startProgram } from '../../support/program.ts';

/** `CHROMIUM` names another one. */
const browser = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);

let program: Program;
let ann: Person;
let group: { readonly number: number };
/** Another site, to which a script that runs would report, and whose pages embed the files. */
let site: Server;
let siteUrl: string;
const reports: string[] = [];
const pages = new Map<string, string>();
let isDone = (): void => undefined;

beforeAll(async () => {
  site = createServer(({ url = '' }, res) => {
    const page = pages.get(url);
    if (url === '/done') isDone();
    if (page === undefined) reports.push(url);
    res.setHeader('Access-Control-Allow-Origin', '*');
    res.setHeader('Content-Type', page === undefined ? 'text/plain' : 'text/html');
    res.end(page ?? '');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  program = await startProgram();
  ann = await program.person('ann');
  group = (await program.call('POST', '/v1/groups', { token: ann.token, json: { name: 'Team' } })).json;
});
afterAll(async () => {
  await program.close();
  site.closeAllConnections();
  site.close();
});

/** Opens a page of the site in a browser, until it asks for `/done`. */
const visit = async (path: string): Promise<void> => {
  const profile = await mkdtemp(join(tmpdir(), 'verbatim-browser-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-popup-blocking'];
  const done = new Promise<void>((resolve) => {
    isDone = resolve;
  });
  // A group of its own, because the browser is many processes.
  const chromium = spawn(
    browser!,
    [...flags, '--remote-debugging-port=0', `--user-data-dir=${profile}`, siteUrl + path],
    {
      stdio: 'ignore',
      detached: true,
    },
  );
  const exited = once(chromium, 'exit');
  try {
    await Promise.race([done, exited]);
  } finally {
    process.kill(-chromium.pid!, 'SIGKILL');
    await exited;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
};

/** The address at which a browser gets the file, without a token. */
const upload = async (content: string | Buffer<ArrayBuffer>, name: string, type: string): Promise<string> => {
  const data = new FormData();
  data.set('receiver_group', String(group.number));
  data.set('message', 'see');
  data.set('file', new Blob([content], { type }), name);
  const path = `/django-chat/api/messages/${group.number}/send/`;
  const { json, text } = await program.call('POST', path, { token: ann.token, body: data });
  const address = String(
    json?.file ?? json?.data?.file ?? /"(?:https?:[^"]*)?(\/[^"]*media\/uploads\/[^"]+)"/.exec(text)?.[1],
  );
  return new URL(address, program.url).href;
};

const script = (name: string) =>
  `fetch('${siteUrl}/ran-${name}', {mode: 'no-cors'}); new Image().src = '${siteUrl}/ran-${name}';`;

type Hostile = readonly [name: string, file: string, type: string, content: (name: string) => string];
const hostile: readonly Hostile[] = [
  ['html', 'a.html', 'text/html', (name) => `<!doctype html><script>${script(name)}</script>`],
  ['html-as-image', 'a.png', 'image/png', (name) => `<!doctype html><script>${script(name)}</script>`],
  ['html-as-text', 'a.txt', 'text/plain', (name) => `<!doctype html><script>${script(name)}</script>`],
  ['html-in-capitals', 'a.HTML', 'TEXT/HTML;charset=utf-7', (name) => `<script>${script(name)}</script>`],
  ['svg', 'a.svg', 'image/svg+xml', (name) => `<svg xmlns="http://www.w3.org/2000/svg" onload="${script(name)}"/>`],
  [
    'svg-as-png',
    'a.png',
    'image/png',
    (name) => `<svg xmlns="http://www.w3.org/2000/svg"><script>${script(name)}</script></svg>`,
  ],
  [
    'xhtml',
    'a.xhtml',
    'application/xhtml+xml',
    (name) => `<html xmlns="http://www.w3.org/1999/xhtml"><script>${script(name)}</script></html>`,
  ],
  [
    'xml',
    'a.xml',
    'text/xml',
    (name) => `<?xml version="1.0"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">${script(name)}</x:script>`,
  ],
  ['js', 'a.js', 'text/javascript', script],
  ['gif-and-js', 'a.gif', 'image/gif', (name) => `GIF89a/*\x01\x00*/=1;${script(name)}`],
  [
    'pdf',
    'a.pdf',
    'application/pdf',
    (name) => `%PDF-1.4\n1 0 obj<</OpenAction<</S/JavaScript/JS(${script(name)})>>>>endobj`,
  ],
  ['no-type', 'a', '', (name) => `<!doctype html><script>${script(name)}</script>`],
];

/** The browser loads what it is given meanwhile. Scripts that run do so as soon as their file has come. */
const WAIT = 5000;

describe.skipIf(browser === undefined)('in a browser (needs Chromium: install it, or name it in CHROMIUM)', () => {
  const isReported = (name: string) => reports.some((url) => url.includes(`ran-${name}`));
  const asked: string[] = [];

  beforeAll(async () => {
    const ways = ['iframe src', 'embed src', 'img src', 'object data', 'script src', 'video src'];
    const parts: string[] = [];
    for (const [name, file, type, content] of hostile) {
      const address = await upload(content(name), file, type);
      const { status, headers } = await program.call('GET', address.slice(program.url.length));
      expect([name, status, headers.get('x-content-type-options')]).toEqual([name, 200, 'nosniff']);
      const elements = ways.map((way) => `<${way}="${address}"></${way.split(' ')[0]}>`);
      parts.push(...elements, `<link rel="stylesheet" href="${address}">`, `<script>open('${address}')</script>`);
      asked.push(address);
    }
    const end = `<script>setTimeout(() => fetch('/done'), ${WAIT}); ${script('itself')}</script>`;
    pages.set('/page', `<!doctype html><iframe src="/framed"></iframe>${parts.join('\n')}${end}`);
    pages.set('/framed', `<script>${script('framed')}</script>`);
    await visit('/page');
  });

  test('the site hears of the scripts that run, and the browser asked for every file', () => {
    expect([isReported('itself'), isReported('framed')]).toEqual([true, true]);
    expect(asked).toHaveLength(hostile.length);
  });

  test.each(hostile)('%s does not run, opened or embedded', (name) => {
    expect(isReported(name)).toBe(false);
  });
});

describe('a file that would be huge if it were opened', () => {
  const png = (): Buffer<ArrayBuffer> => {
    const chunk = (type: string, data: Uint8Array) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(data.length);
      return Buffer.concat([length, Buffer.from(type), data, Buffer.alloc(4)]);
    };
    const header = Buffer.alloc(13);
    header.writeUInt32BE(50_000, 0);
    header.writeUInt32BE(50_000, 4);
    header.set([8, 2], 8);
    const pixels = deflateSync(Buffer.alloc(1024 * 1024));
    return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', pixels)]);
  };

  test.each([
    ['gzip of 200 MB', 'a.gz', 'application/gzip', () => gzipSync(Buffer.alloc(200 * 1024 * 1024))],
    ['PNG of 50,000 by 50,000', 'a.png', 'image/png', png],
    [
      'a GIF of a million frames',
      'a.gif',
      'image/gif',
      () => Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(1_000_000, ',')]),
    ],
  ] as const)('%s is stored and served as it came', async (_, name, type, make) => {
    const content = make();
    await expectLittleLeft(8 * 1024 * 1024, async () => {
      const response = await fetch(await upload(content, name, type));
      expect(Buffer.from(await response.arrayBuffer()).equals(content)).toBe(true);
    });
  });
});
