// When a line of an IRC log was said: the time before the line, and the lines that say the day of those after them. Pure.

import { TZDate } from '@date-fns/tz';
import { LRUCache } from 'lru-cache';

interface Day {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
}

export interface Stamp {
  readonly date: Partial<Day>;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes ahead of UTC, if the stamp says it. */
  readonly offset: number | undefined;
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const monthNamed = (name: string): number => MONTHS.indexOf(name.slice(0, 3).toLowerCase()) + 1;
const MONTH = `(?<name>${MONTHS.join('|')})[a-z]*`;
const CLOCK = '(?<hour>\\d{1,2}):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,]\\d+)?)?';
const OFFSET = '\\s*(?<offset>Z|[+-]\\d\\d:?\\d\\d)?';

/** `[10:00]`, `10:00:05`, `(3:04pm)`; `2020-01-02 15:04:05`, `[2020-01-02T15:04:05+0000]`; `Jan 02 15:04:05`. */
const STAMP = new RegExp(
  `^[[(]?(?:(?<year>\\d{4})[-/.](?<month>\\d\\d)[-/.](?<day>\\d\\d)[T ]\\s*|${MONTH}\\s+(?<ofMonth>\\d{1,2})\\s+)?${CLOCK}(?:\\s?(?<half>[ap])m)?${OFFSET}[\\])]?(?:\\s|$)`,
  'i',
);

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

const offsetIn = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(text) ?? [];
  return sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
};

const hourOf = (hour: number, half: string | undefined): number =>
  half === undefined ? hour : (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);

/** The time at the beginning of a line, and the rest of it. Undefined: the line has none. */
export const stampOf = (line: string): { readonly stamp: Stamp; readonly rest: string } | undefined => {
  const found = STAMP.exec(line);
  if (!found) return undefined;
  const { year, month, day, name, ofMonth, hour, minute, second, half, offset } = found.groups!;
  const date =
    name === undefined
      ? { year: number(year), month: number(month), day: number(day) }
      : { month: monthNamed(name), day: Number(ofMonth) };
  const stamp = {
    date: (date.day === undefined ? {} : date) as Partial<Day>,
    hour: hourOf(Number(hour), half),
    minute: Number(minute),
    second: Number(second ?? 0),
    offset: offsetIn(offset),
  };
  return { stamp, rest: line.slice(found[0].length) };
};

/** `--- Day changed Fri Jan 03 2020`, `**** BEGIN LOGGING AT Thu Jan  2 15:04:05 2020`, `Session Start: …`. */
const DAY_LINE = new RegExp(
  `^(?:---|\\*{4}|Session)\\s.*?\\b${MONTH}\\s+(?<ofMonth>\\d{1,2})(?:\\s+\\d\\d:\\d\\d(?::\\d\\d)?)?\\s+(?<year>\\d{4})\\s*$`,
  'i',
);

/** The day that a line about the log itself says. */
export const dayIn = (line: string): Day | undefined => {
  const { name, ofMonth, year } = DAY_LINE.exec(line)?.groups ?? {};
  return name === undefined ? undefined : { year: Number(year), month: monthNamed(name), day: Number(ofMonth) };
};

/** The day in the name of a file: `2004-12-25.txt`, `#chan_20041225.log`. */
export const dayInName = (name: string): Day | undefined => {
  const [, year, month, day] = /(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)/.exec(name) ?? [];
  return year === undefined ? undefined : { year: Number(year), month: Number(month), day: Number(day) };
};

const isReal = ({ year, month, day }: Day): boolean => {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1970 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};

const dayAfter = ({ year, month, day }: Day): Day => {
  const next = new Date(Date.UTC(year, month - 1, day + 1));
  return { year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() };
};

/** Follows the days of one log: its stamps have a whole date, a part of one, or none. */
export const followDays = (first: Day | undefined, timezone: string) => {
  let day = first;
  let last = 0;
  // Many lines are of one minute, and a time zone takes longer than the rest of a line.
  const minutes = new LRUCache<string, number>({ max: 100 });
  const inZone = (year: number, month: number, ofMonth: number, hour: number, minute: number): number => {
    if (timezone === 'UTC') return Date.UTC(year, month, ofMonth, hour, minute);
    const key = [year, month, ofMonth, hour, minute].join();
    const time = minutes.get(key) ?? new TZDate(year, month, ofMonth, hour, minute, timezone).getTime();
    minutes.set(key, time);
    return time;
  };

  return {
    /** The day changes, and with it the time that the next line may have. */
    setDay: (next: Day): void => {
      day = next;
      last = 0;
    },
    /** ISO time. Undefined: nobody knows the day, or it is none. */
    at: ({ date, hour, minute, second, offset }: Stamp): string | undefined => {
      const now = hour * 60 + minute;
      if (date.day !== undefined) {
        // Only the year may be missing. A log goes on from December to January.
        const year = date.year ?? (day && (date.month! < day.month - 6 ? day.year + 1 : day.year));
        day = year === undefined ? undefined : { year, month: date.month!, day: date.day };
      } else if (day && now < last - 12 * 60) day = dayAfter(day);
      last = now;
      if (!day || !isReal(day) || hour > 23 || minute > 59) return undefined;
      const parts = [day.year, day.month - 1, day.day, hour, minute] as const;
      const time = offset === undefined ? inZone(...parts) : Date.UTC(...parts) - offset * 60_000;
      return new Date(time + second * 1000).toISOString();
    },
    /** The time of the line before, for a line without one. */
    lastAt: (): Stamp => ({ date: {}, hour: Math.floor(last / 60), minute: last % 60, second: 0, offset: undefined }),
  };
};
