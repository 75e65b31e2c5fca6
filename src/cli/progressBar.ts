// Shows the progress of a long verb: a bar with rate and time left on a terminal, JSON lines elsewhere.

/** Columns of the bar itself, where there is room, and of a terminal that does not say its width. */
const WIDTH = 30;
const COLUMNS = 80;
const EVERY = { terminal: 100, lines: 1000 } as const;

export type ProgressBar = ReturnType<typeof progressBar>;

const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};

/** `total`: what `done` grows to. Positions of a log may count bytes, so `update` takes the count of events as well. */
export const progressBar = (
  what: string,
  total: number,
  out: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> & { readonly columns?: number | undefined } = process.stderr,
) => {
  const start = performance.now();
  let counted: number | undefined;
  const every = out.isTTY ? EVERY.terminal : EVERY.lines;
  let shown = start;

  const show = (done: number): void => {
    // Of a running server, the log may have grown since the verb began.
    const end = Math.max(total, done);
    const seconds = (performance.now() - start) / 1000;
    const rate = seconds > 0 ? (counted ?? done) / seconds : 0;
    const left = done > 0 ? (seconds * (end - done)) / done : 0;
    if (!out.isTTY) {
      const line = { what, done, total: end, perSecond: Math.round(rate), secondsLeft: Math.round(left) };
      out.write(`${JSON.stringify(line)}\n`);
      return;
    }
    const share = end === 0 ? 1 : done / end;
    const columns = out.columns || COLUMNS;
    const facts = `${Math.floor(share * 100)} %  ${Math.round(rate).toLocaleString('en')}/s  ${clock(left)} left`;
    // One column stays free: a terminal may go to the next line after the last.
    const width = Math.max(0, Math.min(WIDTH, columns - what.length - facts.length - 3));
    const filled = Math.round(share * width);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
    out.write(`\r\x1b[K${`${what} ${bar} ${facts}`.slice(0, columns - 1)}`);
  };

  return {
    total,
    /** `count`: how many things `done` stands for, if that is not their number. */
    update: (done: number, count?: number): void => {
      counted = count;
      const now = performance.now();
      if (now - shown < every) return;
      shown = now;
      show(done);
    },
    finish: (done: number): void => {
      show(done);
      if (out.isTTY) out.write('\n');
    },
  };
};

/** Calls `work` for each item, one after the other, and shows the progress. */
export const showingEach = async (
  what: string,
  items: readonly string[],
  work: (item: string) => Promise<void>,
): Promise<void> => {
  const bar = progressBar(what, items.length);
  for (const [i, item] of items.entries()) {
    await work(item);
    bar.update(i + 1);
  }
  bar.finish(items.length);
};
