// One key signs seals, manifests and certificates, and none of them passes for another.

import { CompactSign } from 'jose/jws/compact/sign';
import { describe, expect, test } from 'vitest';
import { createSigningKey, createVerifier, type Kind } from '../../src/auth/signing.ts';

const [OLD, NEW] = ['old', 'new'].map((name) =>
  createSigningKey(Buffer.from(`the ${name} secret of this server: long`)),
);
const kinds = ['seal', 'manifest', 'certificate'] as const satisfies readonly Kind[];
const knowing = (...keys: readonly { kid: string; x: string }[]) => {
  const verifier = createVerifier();
  expect(keys.map(verifier.add)).toEqual(keys.map(() => true));
  return verifier;
};

test('what a key signed is good for whoever has the public key, also after the secret changed', async () => {
  const { read } = knowing(NEW!, OLD!);
  for (const key of [OLD!, NEW!])
    expect(await read('seal', await key.sign('seal', 'said'))).toEqual({ payload: 'said', kid: key.kid });
});

describe.each(kinds)('a %s', (kind) => {
  test.each(kinds.filter((other) => other !== kind))('does not pass for a %s', async (other) => {
    expect(await knowing(OLD!).read(other, await OLD!.sign(kind, 'said'))).toBeUndefined();
  });
});

describe('refused is', () => {
  test('a key that is not the one that its thumbprint names', () => {
    const { add } = createVerifier();
    expect(add({ kid: NEW!.kid, x: OLD!.x })).toBe(false);
    expect(add({ kid: 'x', x: 'x' })).toBe(false);
  });

  test('what a key signed that nobody knows, or under the name of another', async () => {
    const { read } = knowing(NEW!);
    const [, payload, signature] = (await OLD!.sign('seal', 'said')).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'EdDSA', kid: NEW!.kid, typ: 'verbatim-seal+jws' })).toString(
      'base64url',
    );
    expect(await read('seal', await OLD!.sign('seal', 'said'))).toBeUndefined();
    expect(await read('seal', `${header}.${payload}.${signature}`)).toBeUndefined();
  });

  test('a signature by another algorithm, with the public key as its secret', async () => {
    const header = { alg: 'HS256', kid: NEW!.kid, typ: 'verbatim-seal+jws' };
    const forged = await new CompactSign(Buffer.from('said'))
      .setProtectedHeader(header)
      .sign(Buffer.from(NEW!.x, 'base64url'));
    expect(await knowing(NEW!).read('seal', forged)).toBeUndefined();
    expect(await knowing(NEW!).read('seal', 'no signature at all')).toBeUndefined();
  });
});
