#!/usr/bin/env python3
"""Checks proofs of Verbatim with nothing but Python's standard library. See proofs.md.

  check_proof.py proof.json keys.json                          an event is in the log
  check_proof.py older.json newer.json consistency.json keys.json   nothing before a seal was changed since
  check_proof.py manifest.json keys.json                       an export is signed; `verbatim verify` checks its lines
  check_proof.py certificate.jwt keys.json                     a certificate of an erasure is signed
"""

import base64
import hashlib
import json
import sys


class NotGood(Exception):
    pass


def check(holds, otherwise):
    """No assert: Python leaves those out if it is told to optimize."""
    if not holds:
        raise NotGood(otherwise)


def sha256(data):
    return hashlib.sha256(data).digest()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def node(left, right):
    return sha256(b"\x01" + left + right)


# Ed25519 (RFC 8032), as far as verifying needs it.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(a, b):
    """Points are x, y, z and t, where x/z and y/z are the coordinates and t is x*y/z."""
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    o, q = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, q - o, q + o, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number, point):
    result = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = add(result, point)
        point = add(point, point)
        number >>= 1
    return result


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_of(data):
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or x * x % P != square:
        raise ValueError("not a point of the curve")
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def is_signed(key, message, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % ORDER
    return same(times(s, BASE), add(point_of(r), times(h, point_of(key))))


def signed(jws, kind, keys):
    """What a key that is among the keys signed, as something of this kind."""
    header, payload, signature = jws.split(".")
    said = json.loads(decoded(header))
    check((said["alg"], said["typ"]) == ("EdDSA", kind), "the signature is of another kind")
    key = next(key for key in keys["items"] if key["kid"] == said["kid"])
    named = '{"crv":"Ed25519","kty":"OKP","x":"%s"}' % key["x"]
    check(decoded(key["kid"]) == sha256(named.encode()), "the key is not the one that its thumbprint names")
    check(is_signed(decoded(key["x"]), f"{header}.{payload}".encode(), decoded(signature)), "the signature is not good")
    return said["kid"], decoded(payload)


def check_seal(seal, keys):
    """The seal is signed, as it says, by the key that it names."""
    kid, payload = signed(seal["jws"], "verbatim-seal+jws", keys)
    check(kid == seal["kid"], "the signature is of another key")
    said = {name: seal[name] for name in ("logId", "size", "root", "at")}
    check(json.loads(payload) == said, "the signature is of another seal")


def check_manifest(manifest, keys):
    """The manifest of an export is signed: the payload is the manifest itself, without white space and signature."""
    header, _, signature = manifest["signature"].split(".")
    rest = {name: value for name, value in manifest.items() if name != "signature"}
    text = json.dumps(rest, ensure_ascii=False, separators=(",", ":"))
    payload = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return signed(f"{header}.{payload}.{signature}", "verbatim-manifest+jws", keys)[0]


def check_event(proof, keys):
    """The event is in the tree of the seal (RFC 9162, 2.1.3.2)."""
    seal, entry = proof["seal"], decoded(proof["hash"])
    check_seal(seal, keys)
    if proof["content"] is not None:
        check(sha256(proof["content"].encode()) == entry, "the content is another one")
        _, stream, revision, event_id, event_type, _, _ = json.loads(proof["content"])
        event = proof["event"]
        said = (event["stream"], event["revision"], event["id"], event["type"])
        check((stream, revision, event_id, event_type) == said, "the content is of another event")
    place, last, root = proof["index"], seal["size"] - 1, sha256(b"\x00" + entry)
    check(0 <= place <= last, "no such place in the tree")
    for sibling in map(decoded, proof["path"]):
        check(last > 0, "the path is too long")
        if place & 1 or place == last:
            root = node(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node(root, sibling)
        place, last = place >> 1, last >> 1
    check(last == 0 and root == decoded(seal["root"]), "the path does not lead to the root that was sealed")


def check_consistency(older, newer, proof, keys):
    """The newer seal covers what the older one covered, unchanged (RFC 9162, 2.1.4.2)."""
    check_seal(older, keys)
    check_seal(newer, keys)
    first, second = older["size"], newer["size"]
    path, old_root, new_root = [decoded(one) for one in proof["path"]], decoded(older["root"]), decoded(newer["root"])
    check(0 < first <= second, "the older seal comes first")
    if first == second:
        check(not path and old_root == new_root, "two seals of the same size differ")
        return
    if first & (first - 1) == 0:
        path = [old_root] + path
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        check(last > 0, "the path is too long")
        if place & 1 or place == last:
            old, new = node(sibling, old), node(sibling, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, sibling)
        place, last = place >> 1, last >> 1
    check(last == 0 and old == old_root and new == new_root, "the log was changed between the two seals")


def read(name):
    with open(name, encoding="utf-8") as file:
        text = file.read().strip()
    # A certificate is no JSON.
    return text if name.endswith(".jwt") else json.loads(text)


def main(names):
    files = [read(name) for name in names]
    if len(files) == 2:
        what, keys = files
        if isinstance(what, str):
            print("good: %s" % signed(what, "verbatim-erasure+jwt", keys)[1].decode())
        elif "signature" in what:
            print("good: %s signed the manifest of %d events" % (check_manifest(what, keys), what["events"]))
        else:
            check_event(what, keys)
            event, log = what["event"]["id"], what["seal"]["logId"]
            if what["content"] is None:
                print("good: an event of this hash is in the log %s" % log)
                print("without its content nothing proves that it is %s" % event)
            else:
                print("good: the event %s is in the log %s" % (event, log))
    elif len(files) == 4:
        check_consistency(*files)
        print("good: the first %d events are as they were" % files[0]["size"])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (NotGood, StopIteration, ValueError, KeyError, IndexError, TypeError) as error:
        sys.exit("NOT GOOD: %s" % (str(error) or "the key that signed is not among the keys"))
