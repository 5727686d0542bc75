// The server that both mappings in JavaScript share: Fastify, one route, the mapping handed in.
//
//   node fastify-…/server.mjs ROOT TOOLS [PORT]
//
// ROOT is the repository, TOOLS the folder that holds node_modules. Without PORT a free one is taken.
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";

import { load } from "./catalogue.mjs";

const [root, tools, port] = process.argv.slice(2);

// The packages lie outside of the source tree, where an import would not find them.
export const require = createRequire(join(tools, "index.js"));

const BODY = {
  type: "object",
  required: ["service", "citizen"],
  properties: {
    service: { type: "string" },
    citizen: { type: "object", required: ["id"], properties: { id: { type: "string" } } },
  },
};

// `map` gets {request_id, service, record, lists} and gives the answer, or a promise of it. With `response`, a JSON Schema
// of the answer, Fastify writes it with fast-json-stringify, without it with JSON.stringify.
export async function serve(map, response) {
  const { people, services, lists } = load(root);
  // Fastify would take a number for a string; ours refuses it.
  const app = require("fastify")({ logger: false, ajv: { customOptions: { coerceTypes: false } } });
  const schema = response === undefined ? { body: BODY } : { body: BODY, response: { 200: response } };
  app.post("/v1/autofill", { schema }, (request, reply) => {
    const service = services.get(request.body.service);
    const record = people.get(request.body.citizen.id);
    if (service === undefined || record === undefined) {
      return reply.code(404).send({ code: service === undefined ? "unknown_service" : "not_found" });
    }
    return map({ request_id: randomUUID(), service, record, lists });
  });
  console.log(`listening on ${await app.listen({ host: "127.0.0.1", port: Number(port ?? 0) })}`);
}
