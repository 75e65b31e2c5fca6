// Who may import whom. The table is the architecture; this holds it.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../src');

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

interface Import {
  readonly target: string;
  readonly typeOnly: boolean;
}

const importsOf = (file: string, text: string): Import[] =>
  [
    ...text.matchAll(/^(?:import|export)\s+(type\s+)?[^'"]*?from\s+'([^']+)'/gms),
    ...text.matchAll(/()\bimport\('([^']+)'\)/g),
  ].map(([, typeOnly, target]) => ({
    target: target!.startsWith('.') ? relative(root, resolve(root, dirname(file), target!)) : target!,
    typeOnly: Boolean(typeOnly),
  }));

const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.indexOf('/')) : 'root');

/** Folders that each folder may import from, beside itself. Types of the stores' ports are free to all. */
const may: Record<string, readonly string[]> = {
  domain: [],
  store: [],
  history: [],
  limits: [],
  presence: [],
  audit: ['domain'],
  auth: ['domain', 'limits'],
  mail: ['auth'],
  commands: ['domain', 'history', 'projections', 'auth', 'mail', 'limits'],
  projections: ['domain'],
  api: ['commands', 'projections', 'domain', 'auth', 'limits', 'presence'],
  http: ['api', 'audit', 'commands', 'projections', 'domain', 'auth', 'limits', 'presence', 'root'],
  ws: ['api', 'commands', 'projections', 'domain', 'auth', 'limits', 'presence', 'root'],
  dialects: ['api', 'http', 'ws', 'commands', 'projections', 'domain', 'auth', 'limits', 'root'],
  cli: ['audit', 'commands', 'history', 'projections', 'domain', 'auth', 'store', 'root'],
};

/** What the composition root hands out, and all of the root that those it hands it to may name. */
const handedOut = ['services.ts', 'config.ts', 'settingKinds.ts', 'metrics.ts'];

const isAllowed = (folder: string, target: string): boolean =>
  folderOf(target) === folder ||
  (may[folder]!.includes(folderOf(target)) &&
    (folderOf(target) !== 'root' || folder === 'cli' || handedOut.includes(target)));

describe('imports point one way', () => {
  test.each(Object.keys(may))('src/%s', (folder) => {
    const offences = sources
      .filter(({ file }) => folderOf(file) === folder)
      .flatMap(({ file, text }) =>
        importsOf(file, text)
          .filter(({ target }) => target.endsWith('.ts') && target !== 'store/ports.ts')
          .filter(({ target }) => !isAllowed(folder, target))
          .map(({ target }) => `${file} imports ${target}`),
      );
    expect(offences).toEqual([]);
  });

  test('every folder stands in the table', () => {
    expect(new Set(sources.map(({ file }) => folderOf(file)))).toEqual(new Set([...Object.keys(may), 'root']));
  });
});

test('no file is above 250 lines: a second concern has a file of its own', () => {
  const long = sources.filter(({ text }) => text.split('\n').length - 1 > 250);
  expect(long.map(({ file }) => file)).toEqual([]);
});

/** Every file of a tree that leads back to itself, by the way it does. */
const circlesIn = (tree: string): string[] => {
  const base = resolve(root, '..', tree);
  const files = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const importsBy = new Map(
    files.map((file) => {
      const path = join(base, file);
      const targets = importsOf(path, readFileSync(path, 'utf8')).map(({ target }) => resolve(root, target));
      return [path, targets.filter((target) => target.startsWith(`${base}/`))];
    }),
  );
  const circles: string[] = [];
  const seen = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    const at = way.indexOf(path);
    if (at >= 0) circles.push([...way.slice(at), path].map((file) => relative(base, file)).join(' → '));
    if (seen.has(path)) return;
    seen.add(path);
    for (const target of importsBy.get(path) ?? []) visit(target, [...way, path]);
  };
  for (const path of importsBy.keys()) visit(path, []);
  return circles;
};

test.each(['src', 'bench', 'test'])('%s imports nothing in a circle, be it for types alone', (tree) => {
  expect(circlesIn(tree)).toEqual([]);
});

const packagesOf = (folder: string): Set<string> =>
  new Set(
    sources
      .filter(({ file }) => folderOf(file) === folder)
      .flatMap(({ file, text }) => importsOf(file, text))
      .map(({ target }) => target)
      .filter((target) => !target.endsWith('.ts')),
  );

test('the domain knows no database, no network, no clock and no file', () => {
  expect([...packagesOf('domain')].toSorted((a, b) => a.localeCompare(b))).toEqual([
    'libphonenumber-js/min',
    'node:crypto',
    'node:module',
    'node:net',
    'node:url',
    'unhomoglyph',
    'zod',
  ]);
  const clocks = sources.filter(
    ({ file, text }) => folderOf(file) === 'domain' && /new Date\(\)|Date\.now|Math\.random|process\./.test(text),
  );
  expect(clocks.map(({ file }) => file)).toEqual([]);
});

test('only the stores know a database', () => {
  const databases = /^(mongodb|@eventstore\/db-client|node:sqlite)$/;
  const offences = sources
    .filter(({ file }) => folderOf(file) !== 'store')
    .flatMap(({ file, text }) =>
      importsOf(file, text)
        .filter(({ target }) => databases.test(target))
        .map(({ target }) => `${file} imports ${target}`),
    );
  expect(offences).toEqual([]);
});

test('only the configuration reads the environment, for those who hand it over', () => {
  const readers = sources.filter(({ text }) => text.includes('process.env')).map(({ file }) => file);
  expect(readers.filter((file) => folderOf(file) !== 'cli' && file !== 'cli.ts')).toEqual([]);
});

test('only the rules of access look at roles and standing to decide', () => {
  const deciding = /\broles\.includes\('|\b(standing|role)\b[^=\n]* [!=]== '(owner|member|none)'/;
  const isOffence: Readonly<Record<string, (text: string) => boolean>> = {
    'domain/access/grounds.ts': () => false,
    // These keep the owners of a group, and find who owned one, which decides about nobody's rights.
    'commands/succession.ts': (text) => deciding.test(text.replace("role !== 'owner'", '')),
    'domain/members.ts': (text) => deciding.test(text.replaceAll(/=== 'owner'\)/g, '')),
  };
  const offences = sources.filter(({ file, text }) => (isOffence[file] ?? ((all) => deciding.test(all)))(text));
  expect(offences.map(({ file }) => file)).toEqual([]);
});

test('the tables of access are asked through one file', () => {
  const asking = sources
    .filter(({ file, text }) => importsOf(file, text).some(({ target }) => target.startsWith('domain/access/')))
    .map(({ file }) => file);
  expect(asking.filter((file) => !file.startsWith('domain/access/'))).toEqual(['domain/access.ts']);
});

test('the flags by which the views keep roles become roles again in one place', () => {
  // What a foreign API shows of an account is its own.
  const mayName = /^projections\/users\.ts$|^dialects\/\w+\/(wire|identities)\.ts$/;
  const naming = sources.filter(({ file, text }) => !mayName.test(file) && /\bis(Admin|Staff|Auditor)\b/.test(text));
  expect(naming.map(({ file }) => file)).toEqual([]);
});

test('the password of an account is set in one place', () => {
  const hashing = sources.filter(({ text }) => text.includes('passwords.hash(')).map(({ file }) => file);
  // One hashes the password in force again, the other one that opens nothing.
  expect(hashing.toSorted()).toEqual([
    'commands/newPassword.ts',
    'commands/openRoom.ts',
    'commands/verifyCredentials.ts',
  ]);
});

test('streams are named in one place', () => {
  const prefix =
    /['"`](user|session|ticket|claim|numbers|conversation|messages|reads|file|security|audit)-(['"`]|\$\{)/;
  const naming = sources.filter(({ text }) => prefix.test(text)).map(({ file }) => file);
  expect(naming).toEqual(['domain/streams.ts']);
});

test('nothing but events decide when something is pushed: no command knows a socket', () => {
  expect([...packagesOf('commands')]).not.toContain('ws');
  expect([...packagesOf('projections')]).not.toContain('ws');
});

test('no test puts another module in the place of one: the files of a worker share them, in any order', () => {
  const tests = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const mocking = tests.filter((file) =>
    /\bvi\.(do)?mock\(/i.test(readFileSync(join(import.meta.dirname, file), 'utf8')),
  );
  expect(mocking).toEqual([]);
});

test('a dialect knows the others only through the mount table', () => {
  const shared = ['django', 'shared', 'dialect.ts', 'index.ts'];
  const dialectOf = (file: string) => file.split('/')[1]!;
  const offences = sources
    .filter(({ file }) => folderOf(file) === 'dialects' && !shared.includes(dialectOf(file)))
    .flatMap(({ file, text }) =>
      importsOf(file, text)
        .filter(({ target }) => folderOf(target) === 'dialects')
        .filter(({ target }) => ![...shared.slice(0, 3), dialectOf(file)].includes(dialectOf(target)))
        .map(({ target }) => `${file} imports ${target}`),
    );
  expect(offences).toEqual([]);
});

test('what dialects share knows no dialect and no kind of them', () => {
  const offences = sources
    .filter(({ file }) => file.startsWith('dialects/shared/') || file === 'dialects/dialect.ts')
    .filter(
      ({ file, text }) =>
        importsOf(file, text).some(({ target }) => /^dialects\/(?!shared\/)/.test(target)) || /django/i.test(text),
    );
  expect(offences.map(({ file }) => file)).toEqual([]);
});

describe('a dialect is taken away with its folder and its line in the mount table:', () => {
  const folders = readdirSync(join(root, 'dialects'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['django', 'shared'].includes(entry.name))
    .map(({ name }) => name);
  /** `djangoChat`, `django-chat`, `Django Chat`, `DJANGO_CHAT`. */
  const namesOf = (folder: string): RegExp => new RegExp(folder.replace(/(?=[A-Z])/g, '[-_ ]?'), 'i');

  test.each(folders)('nothing else names %s', (folder) => {
    const elsewhere = sources.filter(
      ({ file }) => !file.startsWith(`dialects/${folder}/`) && file !== 'dialects/index.ts',
    );
    const naming = elsewhere.filter(({ text }) => namesOf(folder).test(text));
    expect(naming.map(({ file }) => file)).toEqual([]);
  });

  test.each(folders)('the mount table names %s on two lines', (folder) => {
    const { text } = sources.find(({ file }) => file === 'dialects/index.ts')!;
    const [imported, listed, ...more] = text.split('\n').filter((line) => namesOf(folder).test(line));
    expect(imported).toContain(`'./${folder}/routes.ts'`);
    expect(listed).toContain('export const dialects');
    expect(more).toEqual([]);
  });
});
