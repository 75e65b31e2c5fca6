import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLOSE } from '../src/ws/protocol.ts';
import { Inbound, present } from '../src/ws/wire.ts';

const page = readFileSync(new URL('../docs/socket.md', import.meta.url), 'utf8');
const rowsIn = (title: string): Map<string, string[]> => {
  const [, section = ''] = page.split(`## ${title}\n`);
  const rows = section.split('\n## ')[0]!.matchAll(/^\| `([\w-]+)` \| ([^|]*) \|/gm);
  return new Map(
    [...rows].map(([, type, fields]) => [type!, [...fields!.matchAll(/`(\w+)`/g)].map(([, field]) => field!)]),
  );
};

test('docs/socket.md has every frame that may come in, with every field', () => {
  const documented = rowsIn('In');
  expect([...documented.keys()]).toEqual(Inbound.options.map(({ shape }) => shape.type.value));
  for (const { shape } of Inbound.options) {
    const fields = Object.keys(shape).filter(
      (field) => field !== 'type' && (field !== 'key' || shape.type.value === 'send'),
    );
    expect(new Set(documented.get(shape.type.value)), shape.type.value).toEqual(new Set(fields));
  }
});

test('docs/socket.md has the frames that answer', () => {
  const documented = rowsIn('Out');
  for (const name of Object.keys(present)) {
    const type = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expect(documented.has(type), type).toBe(true);
  }
});

test('docs/socket.md has every close code', () => {
  for (const code of Object.values(CLOSE)) expect(page).toContain(String(code));
});
