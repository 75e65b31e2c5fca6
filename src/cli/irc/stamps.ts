// When a line of an IRC log was said: the time before the line, and the day of the log. Pure.

import { TZDate } from '@date-fns/tz';
import { LRUCache } from 'lru-cache';
import { type Day, dayAfter, isReal, MONTH, monthNamed, number } from './days.ts';

export interface Stamp {
  readonly date: Partial<Day>;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Minutes ahead of UTC, if the stamp says it. */
  readonly offset: number | undefined;
}

const CLOCK = '(?<hour>\\d{1,2}):(?<minute>\\d\\d)(?::(?<second>\\d\\d)(?:[.,]\\d+)?)?';
const OFFSET = '\\s*(?<offset>Z|UTC|GMT|[+-]\\d\\d:?\\d\\d)?';

/** `[10:00]`, `10:00:05`, `(3:04pm)`; `2020-01-02 15:04:05`, `[2020-01-02T15:04:05+0000]`; `Jan 02 15:04:05`, `2009 Jan 02 15:04:05`. */
const STAMP = new RegExp(
  `^[[(]?(?:(?<year>\\d{4})[-/.](?<month>\\d\\d)[-/.](?<day>\\d\\d)[T ]\\s*|(?:(?<before>\\d{4})\\s+)?${MONTH}\\s+(?<ofMonth>\\d{1,2})\\s+)?${CLOCK}(?:\\s?(?<half>[ap])m)?${OFFSET}[\\])]?(?:\\s|$)`,
  'iu',
);

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
  const { year, month, day, before, name, ofMonth, hour, minute, second, half, offset } = found.groups!;
  const named = name === undefined ? undefined : monthNamed(name);
  if (name !== undefined && named === undefined) return undefined;
  const date =
    named === undefined
      ? { year: number(year), month: number(month), day: number(day) }
      : { year: number(before), month: named, day: Number(ofMonth) };
  const stamp = {
    date: (date.day === undefined ? {} : date) as Partial<Day>,
    hour: hourOf(Number(hour), half),
    minute: Number(minute),
    second: Number(second ?? 0),
    offset: offsetIn(offset),
  };
  return { stamp, rest: line.slice(found[0].length) };
};

const HOUR = 3_600_000;
/** Minutes by which a line may be earlier than the one before it on the same day: clocks are set back. */
const WOBBLE = 120;

/** Follows the days of one log: its stamps have a whole date, a part of one, or none. */
export const followDays = (first: Day | undefined, timezone: string) => {
  let day = first;
  let last = 0;
  let lastTime = 0;
  // Many lines are of one minute, and a time zone takes longer than the rest of a line.
  const minutes = new LRUCache<string, number>({ max: 100 });
  const isSameWall = (time: number, hour: number, minute: number): boolean => {
    const wall = new TZDate(time, timezone);
    return wall.getHours() === hour && wall.getMinutes() === minute;
  };
  /** The first of two, in the hour that comes twice in autumn. */
  const inZone = (year: number, month: number, ofMonth: number, hour: number, minute: number): number => {
    if (timezone === 'UTC') return Date.UTC(year, month, ofMonth, hour, minute);
    const key = [year, month, ofMonth, hour, minute].join();
    const known = minutes.get(key);
    if (known !== undefined) return known;
    const some = new TZDate(year, month, ofMonth, hour, minute, timezone).getTime();
    const time = isSameWall(some - HOUR, hour, minute) ? some - HOUR : some;
    minutes.set(key, time);
    return time;
  };

  return {
    /** The day changes, and with it the time that the next line may have. Null: nobody knows the next day. */
    setDay: (next: Day | null): void => {
      day = next ?? undefined;
      last = 0;
      lastTime = 0;
    },
    /** ISO time. Undefined: nobody knows the day, or it is none. */
    at: ({ date, hour, minute, second, offset }: Stamp): string | undefined => {
      const now = hour * 60 + minute;
      if (date.day !== undefined) {
        // Only the year may be missing. A log goes on from December to January.
        const year = date.year ?? (day && (date.month! < day.month - 6 ? day.year + 1 : day.year));
        day = year === undefined ? undefined : { year, month: date.month!, day: date.day };
      } else if (day && now < last - WOBBLE) day = dayAfter(day);
      last = now;
      if (!day || !isReal(day) || hour > 23 || minute > 59) return undefined;
      const parts = [day.year, day.month - 1, day.day, hour, minute] as const;
      const minutely = offset === undefined ? inZone(...parts) : Date.UTC(...parts) - offset * 60_000;
      // A line that seems to go back is of the second one.
      const isSecond = offset === undefined && minutely < lastTime && isSameWall(minutely + HOUR, hour, minute);
      const time = isSecond ? minutely + HOUR : minutely;
      lastTime = time;
      return new Date(time + second * 1000).toISOString();
    },
    /** The time of the line before, for a line without one. */
    lastAt: (): Stamp => ({ date: {}, hour: Math.floor(last / 60), minute: last % 60, second: 0, offset: undefined }),
  };
};
