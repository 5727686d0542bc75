// The server of the portal page: three files, and the calls of the page handed on to diensan with the portal's key, which never
// reaches a browser. Prints its address.
//
//   node serve.mjs DIENSAN_ADDRESS [PORT]        key in DIENSAN_KEY; the client must have been built (clients/README.md)
import { createServer } from "node:http";
import { readFileSync } from "node:fs";

const [diensan, port = "0"] = process.argv.slice(2);
const client = process.env.DIENSAN_CLIENT ?? new URL("../typescript/dist/client.js", import.meta.url);
const page = (name, type) => [readFileSync(new URL(name, import.meta.url)), type];
const files = {
  "/": page("index.html", "text/html; charset=utf-8"),
  "/portal.css": page("portal.css", "text/css"),
  "/portal.js": page("portal.js", "text/javascript"),
  "/client.js": [readFileSync(client), "text/javascript"],
};
const MAY_ASK = /^\/v1\/(autofill|forms\/[a-z0-9-]+(\/validate)?)$/;
const MOST_BYTES = 64 * 1024;

const server = createServer(async (request, response) => {
  response.setHeader("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'");
  response.setHeader("X-Content-Type-Options", "nosniff");
  const file = request.method === "GET" ? files[request.url] : undefined;
  if (file) {
    response.setHeader("Content-Type", file[1]);
    return response.end(file[0]);
  }
  if (request.url === "/favicon.ico") return response.writeHead(204).end();
  // Only what this page needs, and only from this page.
  const sameSite = (request.headers["sec-fetch-site"] ?? "same-origin") === "same-origin";
  if (!MAY_ASK.test(request.url) || !sameSite) return response.writeHead(404).end();
  response.setHeader("Cache-Control", "no-store");
  const headers = { "Content-Type": "application/json" };
  if (process.env.DIENSAN_KEY) headers.Authorization = `Bearer ${process.env.DIENSAN_KEY}`;
  try {
    const parts = [];
    let size = 0;
    for await (const part of request) {
      size += part.length;
      if (size > MOST_BYTES) return response.writeHead(413).end();
      parts.push(part);
    }
    const body = request.method === "POST" ? Buffer.concat(parts) : undefined;
    const answer = await fetch(diensan + request.url, { method: request.method, headers, body, redirect: "error" });
    response.writeHead(answer.status, { "Content-Type": answer.headers.get("content-type") ?? "application/json" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  } catch {
    response.writeHead(502).end();
  }
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
