// What an outside reader of signed answers does, with the `jose` package only; and what a forger would do.
//
//   {"do": "check",  "keys": JWK set, "statement": text, "jws": text}   → {"header": {…}} or {"refused": code}
//   {"do": "sign",   "seed": 64 hexadecimal digits, "statement": text, "header": {…}}  → {"jws": text}
//   {"do": "digest", "salt": base64url, "path": text, "value": any}    → {"digest": text}

import { createHash, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const entry = createRequire(`${process.argv[2]}/`).resolve("jose");
const jose = await import(pathToFileURL(entry).href);
const asked = JSON.parse(readFileSync(0, "utf8"));

async function check({ keys, statement, jws }) {
  const [header, payload, signature, ...more] = jws.split(".");
  if (payload !== "" || more.length > 0) return { refused: "not detached" };
  const known = jose.createLocalJWKSet(keys);
  const detached = { protected: header, payload: jose.base64url.encode(statement), signature };
  try {
    const { protectedHeader } = await jose.flattenedVerify(detached, known, { algorithms: ["EdDSA"] });
    return { header: protectedHeader };
  } catch (error) {
    return { refused: error.code ?? String(error) };
  }
}

// RFC 8410: the seed in its PKCS #8 frame.
const FRAME = "302e020100300506032b657004220420";

async function sign({ seed, statement, header }) {
  const key = createPrivateKey({ key: Buffer.from(FRAME + seed, "hex"), format: "der", type: "pkcs8" });
  const signed = await new jose.FlattenedSign(new TextEncoder().encode(statement)).setProtectedHeader(header).sign(key);
  return { jws: `${signed.protected}..${signed.signature}` };
}

// Members in the order of their names; texts as they are.
function ordered(value) {
  if (Array.isArray(value)) return value.map(ordered);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, ordered(value[key])]));
}

function digest({ salt, path, value }) {
  const hash = createHash("sha256").update(Buffer.from(salt, "base64url")).update(path).update(Buffer.of(0));
  return { digest: hash.update(JSON.stringify(ordered(value))).digest("base64url") };
}

const answer = await { check, sign, digest }[asked.do](asked);
console.log(JSON.stringify(answer));
