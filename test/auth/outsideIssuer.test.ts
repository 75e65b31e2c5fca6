import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CompactEncrypt,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { afterEach, describe, expect, test } from 'vitest';
import { createOutsideIssuer, IssuerAway } from '../../src/auth/outsideIssuer.ts';

const NOW = new Date('2026-01-05T12:00:00Z');
const seconds = NOW.getTime() / 1000;
const now = () => NOW;
const secret = 'a secret that both sides have known for long';
const bytes = new TextEncoder().encode(secret);

type Key = Parameters<SignJWT['sign']>[0];

const signedWith = (key: Key, header: JWTHeaderParameters, claims: JWTPayload = {}) =>
  new SignJWT({ uuid: '1', exp: seconds + 60, ...claims }).setProtectedHeader(header).sign(key);

const signed = (key: Key, alg: string, claims: JWTPayload = {}, kid?: string) =>
  signedWith(key, { alg, ...(kid !== undefined && { kid }) }, claims);

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

  test('a token signed with it is good until it ends, and says when it was issued', async () => {
    const token = await signed(bytes, 'HS256', { iat: seconds - 5, exp: seconds + 1 });
    expect(await issuer.read(token)).toEqual({
      claims: JSON.stringify({ uuid: '1', exp: seconds + 1, iat: seconds - 5 }),
      issuedAt: seconds - 5,
      expiresAt: new Date((seconds + 61) * 1000),
    });
    expect(await issuer.read(await signed(bytes, 'HS256'))).toMatchObject({ issuedAt: 0 });
  });

  test('the clocks may differ by a minute, and by no more', async () => {
    const times: [JWTPayload, boolean][] = [
      [{ exp: seconds - 59 }, true],
      [{ exp: seconds - 60 }, false],
      [{ nbf: seconds + 60 }, true],
      [{ nbf: seconds + 61 }, false],
      [{ iat: seconds + 60 }, true],
      [{ iat: seconds + 61 }, false],
    ];
    for (const [claims, isGood] of times)
      expect((await issuer.read(await signed(bytes, 'HS256', claims))) !== undefined, JSON.stringify(claims)).toBe(
        isGood,
      );
  });

  test('a token without an end, or with times that are none, is refused', async () => {
    const odd = ['x', null, -1, 1e300, [seconds + 60], true];
    const claims = [{ exp: undefined }, ...odd.map((exp) => ({ exp })), ...odd.map((iat) => ({ iat }))];
    for (const each of claims)
      expect(await issuer.read(await signed(bytes, 'HS256', each as JWTPayload)), JSON.stringify(each)).toBeUndefined();
  });

  test('a token of another issuer or for another audience is refused where the settings name them', async () => {
    const named = createOutsideIssuer({ secret, issuer: 'us', audience: 'chat', now });
    const read = async (claims: JWTPayload) => (await named.read(await signed(bytes, 'HS256', claims))) !== undefined;
    const wanted = { iss: 'us', aud: ['other', 'chat'] };
    const others = [{}, { ...wanted, iss: 'them' }, { ...wanted, aud: 'other' }, { iss: 'us' }, { aud: 'chat' }];
    expect(await Promise.all([wanted, ...others].map(read))).toEqual([true, false, false, false, false, false]);
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
  test.each(['RS256', 'ES256', 'EdDSA', 'Ed25519'])('a token signed with one of them by %s is good', async (alg) => {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    const jwksUrl = await serve(200, { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg }] });
    const issuer = createOutsideIssuer({ jwksUrl, now });
    expect(await issuer.read(await signed(privateKey, alg, {}, 'k'))).toMatchObject({
      claims: expect.stringContaining('"uuid":"1"'),
    });
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

test('no key, file or address is taken from a token’s header, and no token is unpacked', async () => {
  let fetched = 0;
  const thief = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(thief.publicKey)), kid: 'thief' };
  const theirs = createServer((_, res) => {
    fetched += 1;
    res.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => theirs.listen(0, '127.0.0.1', resolve));
  const at = `http://127.0.0.1:${(theirs.address() as AddressInfo).port}/`;
  const { publicKey } = await generateKeyPair('ES256');
  const jwksUrl = await serve(200, { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256' }] });
  const issuer = createOutsideIssuer({ secret, jwksUrl, now });
  const headers: Record<string, unknown>[] = [
    { kid: '../../etc/passwd' },
    { kid: { $ne: 1 } },
    { jku: at, kid: 'thief' },
    { x5u: at },
    { jwk },
  ];
  for (const header of headers) {
    const token = await new SignJWT({ uuid: '1', exp: seconds + 60 })
      .setProtectedHeader({ alg: 'ES256', kid: 'k', ...header })
      .sign(thief.privateKey);
    expect(await issuer.read(token), JSON.stringify(header)).toBeUndefined();
  }
  const jwe = await new CompactEncrypt(Buffer.alloc(1000))
    .setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256' })
    .encrypt(bytes.slice(0, 32));
  expect(await issuer.read(jwe)).toBeUndefined();
  expect(fetched).toBe(0);
  theirs.closeAllConnections();
  theirs.close();
});

test('without a setting nothing is good', async () => {
  expect(await createOutsideIssuer({ now }).read(await signed(bytes, 'HS256'))).toBeUndefined();
});
