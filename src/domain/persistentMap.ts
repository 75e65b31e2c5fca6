// A map whose changes leave earlier versions of it alone: states share what has not changed. Its changes lie in layers, the
// newest last, each at least twice as long as the next, so that a change copies a few short layers.

/** Undefined: no longer there. */
type Layer<V> = ReadonlyMap<string, V | undefined>;

/** `isOldest`: no layer lies below `older`, so nothing need tell that something is gone. */
const merged = <V>(older: Layer<V>, newer: Layer<V>, isOldest: boolean): Layer<V> => {
  const both = new Map(older);
  for (const [key, value] of newer)
    if (value === undefined && isOldest) both.delete(key);
    else both.set(key, value);
  return both;
};

export class PersistentMap<V extends object | true> {
  static readonly empty = new PersistentMap<never>([], 0);
  readonly size: number;
  readonly #layers: readonly Layer<V>[];

  private constructor(layers: readonly Layer<V>[], size: number) {
    this.#layers = layers;
    this.size = size;
  }

  get(key: string): V | undefined {
    return this.#layers.findLast((layer) => layer.has(key))?.get(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  with(key: string, value: V): PersistentMap<V> {
    return this.#changed(key, value, this.has(key) ? this.size : this.size + 1);
  }

  without(key: string): PersistentMap<V> {
    return this.has(key) ? this.#changed(key, undefined, this.size - 1) : this;
  }

  /** In no order. */
  [Symbol.iterator](): Iterator<readonly [string, V]> {
    const all = this.#layers.reduce((older, newer) => merged(older, newer, true), new Map() as Layer<V>);
    return (all as ReadonlyMap<string, V>).entries();
  }

  /** In no order, one after the other: the first few cost little. */
  *keys(): Generator<string, void> {
    for (const [at, layer] of [...this.#layers.entries()].toReversed())
      for (const [key, value] of layer)
        if (value !== undefined && !this.#layers.some((newer, i) => i > at && newer.has(key))) yield key;
  }

  #changed(key: string, value: V | undefined, size: number): PersistentMap<V> {
    const layers = [...this.#layers];
    let last: Layer<V> = new Map([[key, value]]);
    for (let older = layers.at(-1); older && older.size < 2 * last.size; older = layers.at(-1)) {
      layers.pop();
      last = merged(older, last, layers.length === 0);
    }
    return new PersistentMap([...layers, last], size);
  }
}
