// Credentials are valid only if this server made them, for their own purpose, until they expire.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { CompactEncrypt, decodeJwt, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { rootsOf } from '../../src/auth/secret.ts';
import { deriveKey } from '../../src/auth/signedToken.ts';
import { createTokens, type Tokens } from '../../src/auth/tokens.ts';

const secret = Buffer.alloc(48, 'a secret of this test');
const ada = {
  userId: '3f0c6f1e-58f5-4d6e-9b55-0a1d0c3b7a11',
  sessionId: 'b6a1d2c4-0d53-4b86-8f0e-6f4f0d7f8a22',
  generation: 3,
};
/** What an access token is made of. */
const named = { ...ada, number: 5 };
const noon = new Date('2026-03-01T12:00:00.000Z');
const seconds = noon.getTime() / 1000;
const MINUTE = 60_000;

let clock: Date;
let tokens: Tokens;
const later = (milliseconds: number): void => {
  clock = new Date(noon.getTime() + milliseconds);
};

beforeEach(async () => {
  clock = noon;
  tokens = await createTokens({ roots: rootsOf([secret]), now: () => clock });
});

/** A token signed with the server's own key, with one fault. */
const forge = (claims: JWTPayload, header: Partial<JWTHeaderParameters> = {}, purpose = 'access'): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', ...header }).sign(deriveKey(secret, purpose));
const claims = {
  sid: ada.sessionId,
  gen: ada.generation,
  iss: 'verbatim',
  aud: 'verbatim',
  sub: ada.userId,
  iat: seconds,
  exp: seconds + 900,
};
const without = (claim: keyof typeof claims): JWTPayload =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The token with each of its characters replaced by another one, and each left out. */
function* spoilt(token: string): Generator<string> {
  for (let at = 0; at < token.length; at++) {
    for (const other of ['A', 'B', 'Q', '_', '.', '%'])
      if (token[at] !== other) yield token.slice(0, at) + other + token.slice(at + 1);
    yield token.slice(0, at) + token.slice(at + 1);
  }
}

describe('an access token', () => {
  it('says for whom it was made, and until when it is valid', async () => {
    const token = await tokens.access(named, noon);
    expect(await tokens.verifyAccess(token)).toEqual({ ...ada, expiresAt: new Date('2026-03-01T12:15:00.000Z') });
  });

  it('says what clients of simplejwt decode', async () => {
    const payload = async (generation: number) => decodeJwt(await tokens.access({ ...named, generation }, noon));
    const { jti, ...first } = await payload(3);
    expect(first).toMatchObject({ token_type: 'access', user_id: 5, iat: seconds, exp: seconds + 900 });
    expect(jti).toMatch(/^[0-9a-f]{32}$/);
    expect((await payload(4)).jti).not.toBe(jti);
  });

  it('is the same for the same input, in any process with the same secret', async () => {
    const elsewhere = await createTokens({ roots: rootsOf([secret]), now: () => clock });
    expect(await elsewhere.access(named, noon)).toBe(await tokens.access(named, noon));
    expect(await elsewhere.access(named, new Date(noon.getTime() + 1000))).not.toBe(await tokens.access(named, noon));
  });

  it('is good for 15 minutes, and not a moment more, seen before or not', async () => {
    const token = await tokens.access(named, noon);
    const unseen = await createTokens({ roots: rootsOf([secret]), now: () => clock });
    later(15 * MINUTE - 1);
    expect(await tokens.verifyAccess(token)).toBeDefined();
    later(15 * MINUTE);
    expect(await tokens.verifyAccess(token)).toBeUndefined();
    expect(await unseen.verifyAccess(token)).toBeUndefined();
  });

  it('is refused while the clock stands far before its issue, seen before or not', async () => {
    const token = await tokens.access(named, noon);
    await tokens.verifyAccess(token);
    later(-30_000);
    expect(await tokens.verifyAccess(token)).toBeDefined();
    later(-24 * 60 * MINUTE);
    expect(await tokens.verifyAccess(token)).toBeUndefined();
    expect(
      await (await createTokens({ roots: rootsOf([secret]), now: () => clock })).verifyAccess(token),
    ).toBeUndefined();
  });

  it('is made right in the tests that spoil it', async () => {
    expect(await tokens.verifyAccess(await forge(claims))).toMatchObject(ada);
  });

  it('is refused without a signature or by another algorithm', async () => {
    const [header, payload, signature] = (await tokens.access(named, noon)).split('.');
    const none = encoded({ alg: 'none', typ: 'at+jwt' });
    for (const token of [
      `${none}.${payload}.`,
      `${none}.${payload}`,
      `${none}.${payload}.${signature}`,
      `${header}.${payload}.`,
    ])
      expect(await tokens.verifyAccess(token), token).toBeUndefined();
    const long = new Uint8Array(64).fill(7);
    for (const alg of ['HS384', 'HS512'])
      expect(
        await tokens.verifyAccess(await new SignJWT(claims).setProtectedHeader({ alg, typ: 'at+jwt' }).sign(long)),
      ).toBeUndefined();
    expect(
      await tokens.verifyAccess(`${encoded({ alg: 'RS256', typ: 'at+jwt' })}.${payload}.${signature}`),
    ).toBeUndefined();
  });

  it('is refused when signed with another key, the secret itself included', async () => {
    const other = await createTokens({ roots: rootsOf([Buffer.alloc(48, 'another secret')]), now: () => clock });
    expect(await tokens.verifyAccess(await other.access(named, noon))).toBeUndefined();
    const bare = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' }).sign(secret);
    expect(await tokens.verifyAccess(bare)).toBeUndefined();
    expect(await tokens.verifyAccess(await forge(claims, {}, 'ticket'))).toBeUndefined();
  });

  it('is refused with any one character changed or left out', async () => {
    const token = await tokens.access(named, noon);
    for (const other of spoilt(token)) expect(await tokens.verifyAccess(other), other).toBeUndefined();
  });

  it('has one spelling: the spare bits of its last character are none', async () => {
    const token = await tokens.access(named, noon);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted = [];
    for (const last of alphabet)
      if ((await tokens.verifyAccess(token.slice(0, -1) + last)) !== undefined) accepted.push(last);
    expect(accepted).toEqual([token.at(-1)]);
  });

  it('is refused with segments more or fewer, with padding or space around it', async () => {
    const token = await tokens.access(named, noon);
    const [header, payload, signature] = token.split('.');
    const spellings = [
      `${token}.`,
      `.${token}`,
      `${token}.x`,
      `${header}.${payload}`,
      `${token}=`,
      ` ${token}`,
      `${token}\n`,
      `${header}..${signature}`,
      '',
      '.',
      '..',
      '...',
    ];
    for (const spelling of spellings) expect(await tokens.verifyAccess(spelling), spelling).toBeUndefined();
  });

  it('is refused unless every claim is there and means what it must', async () => {
    const wrong: JWTPayload[] = [
      ...(['sid', 'gen', 'iss', 'aud', 'sub', 'exp'] as const).map(without),
      { ...claims, iss: 'elsewhere' },
      { ...claims, aud: 'verbatim socket' },
      { ...claims, exp: seconds },
      { ...claims, exp: -1 },
      { ...claims, exp: 1e300 },
      { ...claims, exp: seconds + 365 * 86_400 },
      { ...claims, nbf: seconds + 600 },
      { ...claims, sid: '' },
      { ...claims, sid: { $ne: null } },
      { ...claims, sid: 'x'.repeat(200) },
      { ...claims, gen: -1 },
      { ...claims, gen: 1.5 },
      { ...claims, gen: '3' },
      { ...claims, sub: '../../etc/passwd' },
    ];
    for (const each of wrong)
      expect(await tokens.verifyAccess(await forge(each)), JSON.stringify(each)).toBeUndefined();
  });

  it('is refused when a time in it is no number', async () => {
    const key = await crypto.subtle.importKey(
      'raw',
      deriveKey(secret, 'access'),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const signRaw = async (payload: string): Promise<string> => {
      const made = `${encoded({ alg: 'HS256', typ: 'at+jwt' })}.${Buffer.from(payload).toString('base64url')}`;
      return `${made}.${Buffer.from(await crypto.subtle.sign('HMAC', key, Buffer.from(made))).toString('base64url')}`;
    };
    expect(await tokens.verifyAccess(await signRaw(JSON.stringify(claims)))).toMatchObject(ada);
    const texts = ['"1e12"', 'null', '1e999', '[9999999999]', '{}', 'true'].map((exp) =>
      JSON.stringify(claims).replace(/"exp":\d+/, `"exp":${exp}`),
    );
    for (const text of [...texts, 'null', '[]', '"text"', '{', '', '\u0000'])
      expect(await tokens.verifyAccess(await signRaw(text)), text).toBeUndefined();
  });

  it('is refused under another type', async () => {
    for (const typ of ['JWT', 'ticket+jwt', ''])
      expect(await tokens.verifyAccess(await forge(claims, { typ })), typ).toBeUndefined();
  });

  it('takes no key, file or address from its header', async () => {
    const stranger = Buffer.alloc(32, 'a stranger’s key');
    const headers: Record<string, unknown>[] = [
      { kid: '../../etc/passwd' },
      { kid: { $ne: null } },
      { jku: 'http://127.0.0.1:1/keys' },
      { x5u: 'http://127.0.0.1:1/chain' },
      { jwk: { kty: 'oct', k: stranger.toString('base64url') } },
    ];
    const ticket = { ...claims, aud: 'verbatim socket', jti: ada.sessionId, exp: seconds + 30 };
    for (const header of headers) {
      const forged = (typ: string, claims: JWTPayload) =>
        new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ, ...header }).sign(stranger);
      expect(await tokens.verifyAccess(await forged('at+jwt', claims)), JSON.stringify(header)).toBeUndefined();
      expect(await tokens.verifyTicket(await forged('ticket+jwt', ticket)), JSON.stringify(header)).toBeUndefined();
      // Nor is a good token made bad by what its header says.
      expect(await tokens.verifyAccess(await forge(claims, header)), JSON.stringify(header)).toMatchObject(ada);
    }
  });

  it('is never decrypted or unpacked', async () => {
    const jwe = await new CompactEncrypt(Buffer.alloc(1000))
      .setProtectedHeader({ alg: 'dir', enc: 'A128CBC-HS256' })
      .encrypt(deriveKey(secret, 'access'));
    expect(jwe.split('.')).toHaveLength(5);
    expect(await tokens.verifyAccess(jwe)).toBeUndefined();
  });

  it('of more than 4 KB is refused, however well it is signed', async () => {
    expect(await tokens.verifyAccess(await forge({ ...claims, pad: 'x'.repeat(2000) }))).toMatchObject(ada);
    expect(await tokens.verifyAccess(await forge({ ...claims, pad: 'x'.repeat(4000) }))).toBeUndefined();
    expect(await tokens.verifyAccess('x'.repeat(100_000))).toBeUndefined();
  });

  it('may be any text at all without harm', async () => {
    const segment = fc.oneof(
      fc.base64String(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
    );
    const shaped = fc.array(segment, { maxLength: 5 }).map((segments) => segments.join('.'));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), shaped), async (text) => {
        expect(await tokens.verifyAccess(text)).toBeUndefined();
        expect(await tokens.verifyTicket(text)).toBeUndefined();
        expect(tokens.readRefresh(text)).toBeUndefined();
      }),
    );
    for (const nothing of [undefined, null, 7, {}, []] as unknown as string[]) {
      expect(await tokens.verifyAccess(nothing)).toBeUndefined();
      expect(await tokens.verifyTicket(nothing)).toBeUndefined();
      expect(tokens.readRefresh(nothing)).toBeUndefined();
    }
  });
});

describe('a refresh token', () => {
  it('says its session and generation, and is never stored: it is the same each time', () => {
    const token = tokens.refresh(ada.sessionId, 7);
    expect(token).toBe(tokens.refresh(ada.sessionId, 7));
    expect(tokens.readRefresh(token)).toEqual({ sessionId: ada.sessionId, generation: 7 });
    expect(tokens.readRefresh(tokens.refresh(ada.sessionId, 8))).toEqual({ sessionId: ada.sessionId, generation: 8 });
  });

  it('is refused with any one character changed, left out or added', () => {
    const token = tokens.refresh(ada.sessionId, 7);
    for (const other of [...spoilt(token), `${token}x`, ` ${token}`, `${token}\n`, token.replace('.7.', '.07.')])
      expect(tokens.readRefresh(other), other).toBeUndefined();
  });

  it('is refused when another secret made it', async () => {
    const other = await createTokens({ roots: rootsOf([Buffer.alloc(48, 'another secret')]), now: () => clock });
    expect(tokens.readRefresh(other.refresh(ada.sessionId, 7))).toBeUndefined();
  });

  it('is no access token, no ticket, and neither of them is one', async () => {
    const [access, ticket] = [await tokens.access(named, noon), await tokens.ticket(ada, noon)];
    const refresh = tokens.refresh(ada.sessionId, 7);
    expect(await tokens.verifyAccess(refresh)).toBeUndefined();
    expect(await tokens.verifyTicket(refresh)).toBeUndefined();
    expect(tokens.readRefresh(access)).toBeUndefined();
    expect(tokens.readRefresh(ticket)).toBeUndefined();
  });
});

describe('a key', () => {
  it('is 40 hex characters, the same at every login until its generation changes', async () => {
    const key = tokens.key(ada.userId, 1);
    expect(key).toMatch(/^[0-9a-f]{40}$/);
    expect((await createTokens({ roots: rootsOf([secret]), now: () => clock })).key(ada.userId, 1)).toBe(key);
    const others = [tokens.key(ada.userId, 2), tokens.key(`${ada.userId}.1`, 1), tokens.key(ada.sessionId, 1)];
    expect(new Set([key, ...others]).size).toBe(4);
  });

  it('is kept as its SHA-256 alone', () => {
    const key = tokens.key(ada.userId, 1);
    expect(tokens.keyHash(key)).toBe(createHash('sha256').update(key).digest('hex'));
  });
});

describe('a ticket', () => {
  it('says whom it lets in, by session or by key, and its own id', async () => {
    const bySession = await tokens.verifyTicket(
      await tokens.ticket({ userId: ada.userId, sessionId: ada.sessionId }, noon),
    );
    expect(bySession).toEqual({
      userId: ada.userId,
      sessionId: ada.sessionId,
      jti: expect.any(String),
      expiresAt: new Date('2026-03-01T12:00:30.000Z'),
    });
    const byKey = await tokens.verifyTicket(await tokens.ticket({ userId: ada.userId, keyGeneration: 0 }, noon));
    expect(byKey).toMatchObject({ userId: ada.userId, keyGeneration: 0 });
    expect(byKey?.sessionId).toBeUndefined();
    expect(byKey?.jti).not.toBe(bySession?.jti);
  });

  it('carries nothing of its subject but what lets it in', async () => {
    const ticket = await tokens.ticket({ userId: ada.userId, sessionId: ada.sessionId }, noon);
    const payload: unknown = JSON.parse(Buffer.from(ticket.split('.')[1]!, 'base64url').toString());
    expect(new Set(Object.keys(payload as object))).toEqual(new Set(['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub']));
  });

  it('is good for 30 seconds', async () => {
    const ticket = await tokens.ticket({ userId: ada.userId }, noon);
    later(29_999);
    expect(await tokens.verifyTicket(ticket)).toBeDefined();
    later(30_000);
    expect(await tokens.verifyTicket(ticket)).toBeUndefined();
  });

  it('is no access token, and an access token is no ticket', async () => {
    expect(await tokens.verifyAccess(await tokens.ticket(ada, noon))).toBeUndefined();
    expect(await tokens.verifyTicket(await tokens.access(named, noon))).toBeUndefined();
  });

  it('is refused with any one character changed or left out', async () => {
    for (const other of spoilt(await tokens.ticket({ userId: ada.userId }, noon)))
      expect(await tokens.verifyTicket(other), other).toBeUndefined();
  });
});

describe('a fingerprint', () => {
  it('is the same for the same body, whatever the order of its keys', () => {
    const one = { text: 'hi', to: { id: 1, name: 'Ada', 10: 'x' }, list: [{ a: 1, b: 2 }] };
    const other = { list: [{ b: 2, a: 1 }], to: { 10: 'x', name: 'Ada', id: 1 }, text: 'hi' };
    expect(tokens.fingerprint(one)).toBe(tokens.fingerprint(other));
    expect(tokens.fingerprint(one)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('differs for bodies that differ in anything', () => {
    const bodies = [
      undefined,
      null,
      '',
      'null',
      0,
      '0',
      [],
      {},
      [1, 2],
      [2, 1],
      [[1], 2],
      { a: 1 },
      { a: '1' },
      { a: null },
      { a: { b: 1 } },
      { a: 'b,c' },
      { 'a,b': 'c' },
      JSON.parse('{"__proto__":{"a":1}}'),
    ];
    expect(new Set(bodies.map((body) => tokens.fingerprint(body))).size).toBe(bodies.length);
  });

  it('is the same exactly for equal JSON values', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, each]) => [name, reversed(each)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(tokens.fingerprint(reversed(value))).toBe(tokens.fingerprint(value));
        expect(tokens.fingerprint([value])).not.toBe(tokens.fingerprint(value));
      }),
    );
  });

  it('cannot be computed without the secret', async () => {
    const other = await createTokens({ roots: rootsOf([Buffer.alloc(48, 'another secret')]), now: () => clock });
    expect(other.fingerprint({ password: 'x' })).not.toBe(tokens.fingerprint({ password: 'x' }));
  });
});

describe('the secret of all tokens', () => {
  it('has 32 bytes at least', async () => {
    await expect(createTokens({ roots: rootsOf([new Uint8Array(31)]), now: () => clock })).rejects.toThrow(RangeError);
    await expect(createTokens({ roots: rootsOf([new Uint8Array(32)]), now: () => clock })).resolves.toBeDefined();
  });
});
