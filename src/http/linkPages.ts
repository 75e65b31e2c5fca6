// The pages behind the links in mails. The token is after the `#`, which a browser keeps to itself: no server, proxy or
// other page ever gets it in an address. Somebody must press a button, since programs that check mails open links too.

import { hash } from 'node:crypto';
import { type Html, html, pageOf, pagePolicy } from './htmlPage.ts';

/** Sends the form and the token as JSON, and shows what the server says of it. */
const SCRIPT = `
const form = document.querySelector('form');
const said = document.querySelector('output');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ ...Object.fromEntries(new FormData(form)), token: location.hash.slice(1) });
  const headers = { 'Content-Type': 'application/json' };
  const reply = await fetch(form.dataset.path, { method: form.dataset.method, headers, body }).catch(() => undefined);
  const problem = reply?.ok ? undefined : await reply?.json().catch(() => undefined);
  form.hidden = reply?.ok === true;
  said.textContent = reply?.ok ? form.dataset.done : (problem?.title ?? 'The server cannot be reached. Try again.');
});
`;

interface LinkPage {
  readonly title: string;
  readonly fields?: Html;
  readonly button: string;
  /** Said when it has worked. */
  readonly done: string;
  readonly method: 'POST' | 'PUT';
  /** Of the API, relative to the page. */
  readonly path: string;
}

const linkPage = ({ title, fields, button, done, method, path }: LinkPage): string =>
  pageOf(
    title,
    html`<main><h1>${title}</h1><form data-path="${path}" data-method="${method}" data-done="${done}">${fields}
<p><button>${button}</button></p></form><p><output></output></p><noscript>This page needs JavaScript.</noscript></main>
<script>${{ html: SCRIPT }}</script>`,
  );

export const linkPageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `${pagePolicy}; script-src 'sha256-${hash('sha256', SCRIPT, 'base64')}'; connect-src 'self'`,
  'Cache-Control': 'no-cache',
};

export const verificationPage = linkPage({
  title: 'Confirm your e-mail address',
  button: 'It is my address',
  done: 'Your address is confirmed.',
  method: 'POST',
  path: 'v1/email-verifications',
});

export const resetPage = linkPage({
  title: 'Set a new password',
  fields: html`<p><label>New password<br>
<input type="password" name="password" minlength="8" autocomplete="new-password" required></label></p>`,
  button: 'Set the password',
  done: 'Your password is set. Sign in with it.',
  method: 'PUT',
  path: 'v1/password-resets',
});
