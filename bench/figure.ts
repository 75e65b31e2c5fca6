// What a bench gives out, and how it is shown.

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same of the bare reference, measured in the same run. */
  readonly reference: number;
  /** `value` by `reference`; 0 where the reference is too small to be measured. */
  readonly ratio: number;
}

export const figure = (name: string, value: number, unit: string, reference: number): Figure => ({
  name,
  value: rounded(value),
  unit,
  reference: rounded(reference),
  ratio: reference === 0 ? 0 : rounded(value / reference),
});

/** Three significant digits: more than the measuring is good for. */
export const rounded = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(3)) : value);

const shown = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 });

export const tableOf = (figures: readonly Figure[]): string => {
  const rows = [
    ['name', 'value', 'unit', 'reference', 'ratio'],
    ...figures.map(({ name, value, unit, reference, ratio }) => [
      name,
      shown(value),
      unit,
      shown(reference),
      shown(ratio),
    ]),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isText = (column: number): boolean => column === 0 || column === 2;
  return rows
    .map((row) =>
      row
        .map((cell, column) => (isText(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The value below which the share `q` of the values lies. */
export const quantile = (values: readonly number[], q: number): number => {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  if (q === 0.5 && sorted.length % 2 === 0) return (sorted[sorted.length / 2 - 1]! + sorted[sorted.length / 2]!) / 2;
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!;
};

/** Measures the one and the other in turn, `rounds` times, so that what disturbs the machine disturbs both. */
export const alternating = async <A, B>(
  rounds: number,
  one: (round: number) => Promise<A>,
  other: (round: number) => Promise<B>,
): Promise<{ ones: A[]; others: B[] }> => {
  const ones: A[] = [];
  const others: B[] = [];
  for (let round = 0; round < rounds; round++) {
    ones.push(await one(round));
    others.push(await other(round));
  }
  return { ones, others };
};
