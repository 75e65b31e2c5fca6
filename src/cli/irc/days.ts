// The days that an IRC log says: in lines about itself, in its name, or in its folders. Pure.

export interface Day {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

/** How months begin, without accents: clients write them in the language of their user. */
const MONTHS = [
  'jan ene gen sty янв',
  'feb fev lut фев',
  'mar mrt maa мар',
  'apr avr abr kwi апр',
  'may mai maj mag mei май мая',
  'jun juin giu cze июн',
  'jul juil lug lip июл',
  'aug aou ago sie авг',
  'sep set wrz сен',
  'oct okt out ott paz окт',
  'nov lis ноя',
  'dec dez dic des gru дек',
];
const plain = (word: string): string => word.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const months = new Map(
  MONTHS.flatMap((names, i) =>
    plain(names)
      .split(' ')
      .map((name) => [name, i + 1] as const),
  ),
);
/** From 1. Undefined: it is no month. */
export const monthNamed = (name: string): number | undefined =>
  months.get(plain(name).slice(0, 3)) ?? months.get(plain(name).slice(0, 4));
export const MONTH = '(?<name>\\p{L}\\p{L}[\\p{L}\\p{M}]{1,10}\\.?)';

export const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** `--- Day changed Fri Jan 03 2020`, `**** BEGIN LOGGING AT Thu Jan  2 15:04:05 2020`, `Session Start: …`. */
const ABOUT_A_DAY = /^(?:---|\*{4}|Session)\s/;
const BEGINS_A_DAY = /^(?:--- (?:Day changed|Log opened)|\*{4} BEGIN LOGGING AT|Session (?:Start|Time):)\s/i;
const SAID_DAY = new RegExp(
  `\\s${MONTH}\\s+(?<day>\\d{1,2})(?:\\s+\\d\\d:\\d\\d(?::\\d\\d)?)?\\s+(?<year>\\d{4})\\s*$`,
  'u',
);
const SAID_ISO_DAY = /\s(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)(?:[T\s]+\d\d:\d\d(?::\d\d)?)?\s*$/;

/** The day that a line about the log itself says; null: a day begins, and nobody can say which. Undefined: another line. */
export const dayIn = (line: string): Day | null | undefined => {
  if (!ABOUT_A_DAY.test(line)) return undefined;
  const { name = '', year, month, day } = { ...(SAID_DAY.exec(line) ?? SAID_ISO_DAY.exec(line))?.groups };
  const ofYear = number(month) ?? monthNamed(name);
  if (year !== undefined && ofYear !== undefined) return { year: Number(year), month: ofYear, day: Number(day) };
  return BEGINS_A_DAY.test(line) ? null : undefined;
};

/**
 * The day in the name of a file: `2004-12-25.txt`, `#chan_20041225.log`; or in its folders, as the archives of the bots
 * have it: `2004/12/25/#chan.txt`, `2004/12/25-css-irc.txt`.
 */
export const dayInName = (path: string): Day | undefined => {
  const [, year, month, day] =
    /(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)[^/\\]*$/.exec(path) ??
    /(?<!\d)(\d{4})[/\\](\d\d)[/\\](\d\d)(?!\d)[^/\\]*(?:[/\\][^/\\]*)?$/.exec(path) ??
    [];
  return year === undefined ? undefined : { year: Number(year), month: Number(month), day: Number(day) };
};

export const isReal = ({ year, month, day }: Day): boolean => {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};

export const dayAfter = ({ year, month, day }: Day): Day => {
  const next = new Date(Date.UTC(year, month - 1, day + 1));
  return { year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() };
};
