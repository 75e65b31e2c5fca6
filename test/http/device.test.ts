import { expect, test } from 'vitest';
import { deviceOf } from '../../src/http/device.ts';

test.each([
  [undefined, undefined],
  ['', undefined],
  ['<script>', undefined],
  ['curl/8.5.0', 'curl/8.5.0'],
  ['okhttp/4.12 (x; y)', 'okhttp/4.12'],
  ['x'.repeat(100_000), 'x'.repeat(60)],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0',
    'Edge on Windows',
  ],
  ['Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36', 'Chrome on Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1', 'Safari on iPhone'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15',
    'Safari on macOS',
  ],
])('%s signs in as %s', (userAgent, device) => {
  expect(deviceOf(userAgent)).toBe(device);
});
