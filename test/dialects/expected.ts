// Compares what came with what an example expects: JSON, in which some objects stand for what is not known beforehand.
//
// `{"$type": "uuid"}` any value of a kind; `{"$capture": "x"}` any value, kept as `x`; both together; `{"$matches": "^a"}`
// a text; `{"$contains": {…}}` an object with these keys and perhaps more; `{"$unordered": […]}` a list in any order.

export type Variables = Map<string, unknown>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const isText =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && pattern.test(value);

const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
  any: () => true,
  bool: (value) => typeof value === 'boolean',
  int: (value) => Number.isSafeInteger(value),
  jwt: isText(/^[\w-]+\.[\w-]+\.[\w-]+$/),
  key: isText(/^[0-9a-f]{40}$/),
  string: (value) => typeof value === 'string',
  timestamp: isText(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$/),
  uuid: isText(uuid),
};

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

const compareObjects = (expected: Json, found: unknown, at: string, kept: Variables, more: boolean): string[] => {
  if (!isObject(found)) return [`${at}: expected an object, found ${shown(found)}`];
  const extra = more ? [] : Object.keys(found).filter((key) => !Object.hasOwn(expected, key));
  return [
    ...Object.entries(expected).flatMap(([key, value]) => differences(value, found[key], `${at}.${key}`, kept)),
    ...extra.map((key) => `${at}.${key}: not expected, found ${shown(found[key])}`),
  ];
};

const compareLists = (expected: readonly unknown[], found: unknown, at: string, kept: Variables): string[] => {
  if (!Array.isArray(found)) return [`${at}: expected a list, found ${shown(found)}`];
  const all = expected.flatMap((value, i) => differences(value, found[i], `${at}.${i}`, kept));
  return found.length === expected.length ? all : [`${at}: expected ${expected.length}, found ${found.length}`, ...all];
};

const compareUnordered = (expected: readonly unknown[], found: unknown, at: string, kept: Variables): string[] => {
  if (!Array.isArray(found)) return [`${at}: expected a list, found ${shown(found)}`];
  const left: unknown[] = [...found];
  const lacking = expected.filter((value) => {
    const i = left.findIndex((candidate) => differences(value, candidate, at, new Map(kept)).length === 0);
    if (i === -1) return true;
    differences(value, left[i], at, kept);
    left.splice(i, 1);
    return false;
  });
  return [
    ...lacking.map((value) => `${at}: not found: ${shown(value)}`),
    ...left.map((value) => `${at}: not expected: ${shown(value)}`),
  ];
};

/** What is otherwise than expected, one line each; empty: nothing. Captured values are put into `kept`. */
export const differences = (expected: unknown, found: unknown, at: string, kept: Variables): string[] => {
  if (Array.isArray(expected)) return compareLists(expected, found, at, kept);
  if (!isObject(expected))
    return Object.is(expected, found) ? [] : [`${at}: expected ${shown(expected)}, found ${shown(found)}`];
  const { $type, $capture, $matches, $contains, $unordered } = expected;
  if (isObject($contains)) return compareObjects($contains, found, at, kept, true);
  if (Array.isArray($unordered)) return compareUnordered($unordered, found, at, kept);
  if (typeof $matches === 'string')
    return isText(new RegExp($matches, 'u'))(found) ? [] : [`${at}: expected /${$matches}/, found ${shown(found)}`];
  if ($type === undefined && $capture === undefined) return compareObjects(expected, found, at, kept, false);
  const kind = kinds[String($type ?? 'any')];
  if (kind === undefined) throw new Error(`no such type: ${String($type)}`);
  if (found === undefined || !kind(found))
    return [`${at}: expected ${String($type ?? 'a value')}, found ${shown(found)}`];
  if (typeof $capture === 'string') kept.set($capture, found);
  return [];
};

/** Puts variables in: a text that is `{{x}}` alone becomes the value itself. @throws for one that is not known */
export const filled = (value: unknown, known: Variables): unknown => {
  const lookUp = (name: string): unknown => {
    if (!known.has(name)) throw new Error(`nothing was kept as ${name}`);
    return known.get(name);
  };
  if (typeof value === 'string') {
    const alone = /^\{\{([\w.]+)\}\}$/.exec(value);
    if (alone) return lookUp(alone[1]!);
    return value.replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => String(lookUp(name)));
  }
  if (Array.isArray(value)) return value.map((one) => filled(one, known));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, known)]));
};
