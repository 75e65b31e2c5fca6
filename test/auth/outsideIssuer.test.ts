import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { createOutsideIssuer, IssuerAway } from '../../src/auth/outsideIssuer.ts';

const NOW = new Date('2026-01-05T12:00:00Z');
const seconds = NOW.getTime() / 1000;
const now = () => NOW;
const secret = 'a secret that both sides have known for long';
const bytes = new TextEncoder().encode(secret);

const signed = (key: Parameters<SignJWT['sign']>[0], alg: string, claims = {}, kid?: string) =>
  new SignJWT({ uuid: '1', ...claims }).setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) }).sign(key);

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

const serve = async (status: number, body: unknown): Promise<string> => {
  server = createServer((_, res) => res.writeHead(status).end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
};

describe('with a shared secret', () => {
  const issuer = createOutsideIssuer({ secret, now });

  test('a token signed with it is good, with an end or without', async () => {
    expect(await issuer.read(await signed(bytes, 'HS256'))).toMatchObject({ uuid: '1' });
    expect(await issuer.read(await signed(bytes, 'HS256', { exp: seconds + 1 }))).toMatchObject({ uuid: '1' });
  });

  test('a token that is over, or not good yet, is not', async () => {
    expect(await issuer.read(await signed(bytes, 'HS256', { exp: seconds - 1 }))).toBeUndefined();
    expect(await issuer.read(await signed(bytes, 'HS256', { nbf: seconds + 60 }))).toBeUndefined();
  });

  test.each([
    ['another secret', () => signed(new TextEncoder().encode('x'.repeat(40)), 'HS256')],
    ['another algorithm', () => signed(bytes, 'HS512')],
    ['no signature', async () => new UnsecuredJWT({ uuid: '1' }).encode()],
    ['no token', async () => 'not.a.token'],
    ['far too much', async () => `${'a'.repeat(9000)}.b.c`],
  ])('%s is refused', async (_, make) => {
    expect(await issuer.read(await make())).toBeUndefined();
  });
});

describe('with published keys', () => {
  test.each(['RS256', 'ES256', 'EdDSA'])('a token signed with one of them by %s is good', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const jwksUrl = await serve(200, { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg }] });
    const issuer = createOutsideIssuer({ jwksUrl, now });
    expect(await issuer.read(await signed(privateKey, alg, {}, 'k'))).toMatchObject({ uuid: '1' });
    expect(await issuer.read(await signed(privateKey, alg, {}, 'other'))).toBeUndefined();
    const stranger = await generateKeyPair(alg);
    expect(await issuer.read(await signed(stranger.privateKey, alg, {}, 'k'))).toBeUndefined();
  });

  test('a public key is not taken for a secret', async () => {
    const { publicKey } = await generateKeyPair('RS256', { extractable: true });
    const key = await exportJWK(publicKey);
    const issuer = createOutsideIssuer({ jwksUrl: await serve(200, { keys: [{ ...key, kid: 'k' }] }), now });
    expect(await issuer.read(await signed(Buffer.from(key.n!, 'base64url'), 'HS256', {}, 'k'))).toBeUndefined();
  });

  test.each([
    ['an error', 500, {}],
    ['something else', 200, { no: 'keys' }],
  ])('keys that cannot be fetched (%s) leave the answer open', async (_, status, body) => {
    const { privateKey } = await generateKeyPair('ES256');
    const issuer = createOutsideIssuer({ jwksUrl: await serve(status, body), now });
    await expect(issuer.read(await signed(privateKey, 'ES256'))).rejects.toThrow(IssuerAway);
  });

  test('so does an issuer that is not there', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const issuer = createOutsideIssuer({ jwksUrl: 'http://127.0.0.1:9/keys', now });
    await expect(issuer.read(await signed(privateKey, 'ES256'))).rejects.toThrow(IssuerAway);
  });
});

test('without a setting nothing is good', async () => {
  expect(await createOutsideIssuer({ now }).read(await signed(bytes, 'HS256'))).toBeUndefined();
});
