// A WebSocket text frame (RFC 6455, 5.2) from server to client: made once, written to every socket as it is. Frames are kept, and
// wait for slow clients, so each has memory of its own: a piece of Node's pool would keep 64 KiB of it.

const FIN_TEXT = 0x81;

export const textFrame = (text: string): Buffer => {
  const length = Buffer.byteLength(text);
  const header = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafeSlow(header + length);
  frame[0] = FIN_TEXT;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, header);
  return frame;
};

/** Frames that leave in one write. One alone is not copied. */
export const joined = (frames: readonly Buffer[]): Buffer => {
  const filled = frames.filter(({ length }) => length > 0);
  if (filled.length === 1) return filled[0]!;
  const whole = Buffer.allocUnsafeSlow(filled.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const frame of filled) at += frame.copy(whole, at);
  return whole;
};
