// Our verdicts against ajv: node ajv.mjs ROOT TOOLS INSTANCES
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [root, tools, instances] = process.argv.slice(2);
const require = createRequire(join(tools, "index.js"));
const Ajv = require("ajv/dist/2020").default;
const addFormats = require("ajv-formats").default;

const validator = new Ajv({ strict: true, strictTypes: false, strictRequired: false, validateSchema: true });
addFormats(validator, ["date"]);
validator.addVocabulary(["x-code-list", "x-person", "x-print", "defaultSnippets"]);

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
let wrong = 0;
let schemas = 0;
const tell = (text) => {
  wrong += 1;
  if (wrong <= 20) console.error(`ajv: ${text}`);
};

for (const folder of ["schemas/forms", "schemas/catalog"]) {
  for (const name of readdirSync(join(root, folder))) {
    const schema = read(join(root, folder, name));
    if (!validator.validateSchema(schema)) tell(`${folder}/${name} is no valid schema: ${validator.errorsText()}`);
    schemas += 1;
  }
}

let compared = 0;
for (const line of readFileSync(instances, "utf8").split("\n").filter(Boolean)) {
  const { schema: path, instances, verdicts } = JSON.parse(line);
  let validate;
  try {
    validate = validator.compile(read(join(root, path)));
  } catch (error) {
    tell(`${path}: ${error.message}`);
    continue;
  }
  instances.forEach((instance, index) => {
    compared += 1;
    const verdict = validate(instance);
    if (verdict !== verdicts[index]) {
      tell(`${path}, instance ${index}: ${verdict}, ours ${verdicts[index]} ${validator.errorsText(validate.errors)}`);
    }
  });
}
console.log(`ajv ${require("ajv/package.json").version}: ${schemas} schemas, ${compared} instances, ${wrong} wrong`);
process.exit(wrong === 0 && compared > 0 ? 0 : 1);
