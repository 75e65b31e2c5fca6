// Where events lie in a node's log. A node's positions are byte offsets: they lie far apart, and most numbers are none.
// The embedded store under the stand-in counts its events; here each of them takes the same room.

/** Bytes between two small events, as measured on a node. */
const ROOM = 163;

/** The position of the event number `count`, from 1 on. */
export const placeOf = (count: number): number => count * ROOM;

/** The number of the event at a position, 0 at the beginning of the log; not a whole number: nothing lies there. */
export const countAt = (place: number): number => place / ROOM;
