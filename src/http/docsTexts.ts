// What holds for every route, for the documentation page and the OpenAPI document.

export const about = 'Chat whose every change is an event.';

export const conventions = [
  [
    'Signing in',
    'Send `Authorization: Bearer <access token>` or `Authorization: Token <key>`; both come from `POST /v1/sessions`.',
  ],
  [
    'Errors',
    'Are problem details (RFC 9457): go by `code`; `errors` names each field at fault. Every route names its codes.',
  ],
  [
    'Retries',
    'A POST takes `Idempotency-Key` where it is named: the same key and request again changes nothing and gives the same answer. ' +
      'A key counts for you, on all devices, so make it random, such as a UUID. In another conversation it is another key. ' +
      'Asking for a mail, a ticket, a seal or a rebuild takes none: such a request may be sent again.',
  ],
  [
    'Seeing what was done',
    'Every answer says in `X-Position` which place in the log it reflects. A read of a signed-in user with `X-Min-Position` ' +
      'waits for that place, so what was done through one server is seen through another. 202 in place of 200 or 201: ' +
      'recorded, not visible yet.',
  ],
  [
    'The past',
    '`asOf` on a read, with a position of the log or an ISO time: the answer as it was then. `X-Position` says at which ' +
      'position: give that as `asOf` for the next page. You see nothing that you may not see now.',
  ],
  [
    'Limits',
    'Every answer tells, in `RateLimit` and `RateLimit-Policy`, of the limit that it came nearest to; 429 says in ' +
      '`Retry-After` how long to wait. `GET /v1/limits` shows yours.',
  ],
  [
    'Lists',
    'Have `items` and `next`. null: there are no more. Otherwise give `next` back as it is, as `after`. In a list of messages ' +
      'it goes as `before`, or as `after` in place of the `after` or `around` that you asked with; in a stream of the log as ' +
      '`from`. A page may have fewer items than `limit`, or none, and still have a `next`.',
  ],
  [
    'Live',
    '`GET /v1/socket` is a WebSocket: sign in by header, by a first frame, or with `?ticket=` from ' +
      '`POST /v1/sessions/current/ticket`; then `subscribe` from any position, `send`, `typing` and `read`. `/docs` shows ' +
      'its frames.',
  ],
] as const;
