// Fastify and JSONata: the mapping is an expression in a file, compiled once and evaluated for every request.
import { readFileSync } from "node:fs";

import { require, serve } from "../serve.mjs";

const jsonata = require("jsonata");
const expression = jsonata(readFileSync(new URL("mapping.jsonata", import.meta.url), "utf8"));

await serve((input) => expression.evaluate(input));
