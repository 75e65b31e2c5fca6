// HTML pages: a template, in which inserted values are escaped unless this module made them, and one style for phones and
// desktops, light and dark, without external resources.

import { hash } from 'node:crypto';

export interface Html {
  readonly html: string;
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const render = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(render).join('');
  if (typeof value === 'object' && value !== null && 'html' in value) return String(value.html);
  return value === undefined || value === null ? '' : String(value).replace(/[&<>"']/g, (char) => ESCAPED[char]!);
};

export const html = (parts: TemplateStringsArray, ...values: readonly unknown[]): Html => ({
  html: parts.map((part, i) => part + (i < values.length ? render(values[i]) : '')).join(''),
});

/** Text in which backquotes mark code. */
export const prose = (text: string): readonly (string | Html)[] =>
  text.split('`').map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`));

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1d2329, #e4e7ea); --soft: light-dark(#5b6670, #9aa5af);
  --line: light-dark(#dde2e6, #333b43); --page: light-dark(#fff, #14181c); --box: light-dark(#f4f6f8, #1c2228);
  --link: light-dark(#0b5cad, #7ab8f5); }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: var(--page); font: 16px/1.55 system-ui, sans-serif; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
main, nav { padding: 1rem; max-width: 60rem; }
nav ul { list-style: none; margin: .25rem 0 1rem; padding: 0; }
h1 { font-size: 1.7rem; margin: .5rem 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; text-transform: capitalize; }
h4 { font-size: .9rem; margin: 1rem 0 .25rem; color: var(--soft); font-weight: 600; }
code, pre { font: .875em/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { background: var(--box); border: 1px solid var(--line); border-radius: 6px; padding: .75rem; overflow-x: auto; }
details { border: 1px solid var(--line); border-radius: 8px; margin: .5rem 0; }
summary { cursor: pointer; padding: .6rem .75rem; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
summary code { overflow-wrap: anywhere; } summary span { color: var(--soft); }
details > div { padding: 0 .75rem .75rem; border-top: 1px solid var(--line); }
b.method { font: 700 .75rem/1 ui-monospace, Menlo, Consolas, monospace; min-width: 3.6rem; color: var(--link); }
.who { margin-left: auto; font-size: .8rem; color: var(--soft); }
input, button { font: inherit; padding: .35rem .6rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
@media (min-width: 60rem) {
  .narrow { display: none; }
  body:has(nav) { display: grid; grid-template-columns: 17rem minmax(0, 1fr); }
  nav { grid-column: 1; grid-row: 1; position: sticky; top: 0; height: 100vh; overflow-y: auto; border-right: 1px solid var(--line); font-size: .9rem; }
}
`;

/** The policy of every page: it runs no script and loads nothing; only its own style is allowed. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; \
base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const pageOf = (title: string, content: Html): string =>
  html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${{ html: STYLE }}</style></head><body>${content}</body></html>`.html;
