// What the engine of editors (VS Code's JSON language service) offers, shows and refuses in a mapping, knowing nothing
// but the file: node editor.mjs ROOT TOOLS
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [root, tools] = process.argv.slice(2);
const require = createRequire(join(tools, "index.js"));
const { getLanguageService, TextDocument } = require("vscode-json-languageservice");

const service = getLanguageService({
  schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), "utf8"),
  workspaceContext: { resolveRelativePath: (path, resource) => new URL(path, resource).href },
});
service.configure({ validate: true, allowComments: false });

const file = join(root, "service-catalog/mappings/ct01.json");
const text = readFileSync(file, "utf8");
const { attributes } = JSON.parse(readFileSync(join(root, "service-catalog/attributes.json"), "utf8"));
let wrong = 0;
const check = (good, what) => {
  if (good) return;
  wrong += 1;
  if (wrong <= 20) console.error(`editor: ${what}`);
};
const open = (content) => {
  const document = TextDocument.create(pathToFileURL(file).href, "json", 1, content);
  return [document, service.parseJSONDocument(document)];
};

// 1. Every attribute with its Vietnamese label, wherever a source may stand. ‸ is the cursor.
const places = {
  "a field": ['"nguoi_khai_ho_ten": "nguoi_khai.ho_va_ten"', '"nguoi_khai_ho_ten": ‸'],
  "a field, in quotes": ['"nguoi_khai_ho_ten": "nguoi_khai.ho_va_ten"', '"nguoi_khai_ho_ten": "‸"'],
  from: ['"from": "nguoi_khai.chu_ho.quan_he"', '"from": "‸"'],
  first_of: ['["chu_ho.ho_va_ten"', '["‸"'],
  "a column of rows": ['"ho_ten": "thanh_vien.ho_va_ten"', '"ho_ten": "‸"'],
};
let offers = 0;
for (const [place, [from, to]] of Object.entries(places)) {
  check(text.includes(from), `${place}: the test's text is not in ${file}`);
  const marked = text.replace(from, to);
  const [document, json] = open(marked.replace("‸", ""));
  const list = await service.doComplete(document, document.positionAt(marked.indexOf("‸")), json);
  for (const { path, label } of attributes) {
    const item = list.items.find(({ textEdit, insertText }) => {
      const inserted = (textEdit?.newText ?? insertText ?? "").replace("${1:vai}", "vai").replaceAll('"', "");
      return inserted.replace(/,$/, "") === (path.startsWith("request.") ? path : `vai.${path}`);
    });
    const shown = `${item?.label} ${item?.documentation?.value ?? item?.documentation}`;
    check(item && shown.includes(label.vi), `${place}: ${path} (${label.vi}) is not offered: ${shown}`);
    offers += item ? 1 : 0;
  }
}

// 2. The label and the remarks of a source when the mouse rests on it; the sense of a format.
const [document, json] = open(text);
const hover = async (word) => {
  const at = text.indexOf(word);
  check(at > 0, `the test's text ${word} is not in ${file}`);
  const shown = await service.doHover(document, document.positionAt(at + 3), json);
  return JSON.stringify(shown?.contents ?? "");
};
const birth = attributes.find(({ path }) => path === "ngay_sinh");
const shown = await hover('"nguoi_khai.ngay_sinh"');
check(shown.includes(birth.label.vi) && shown.includes(birth.remarks.slice(0, 20)), `hover of a source: ${shown}`);
const format = await hover('"code_label"');
check(format.includes("Tên của mã"), `hover of a format: ${format}`);

// 3. No complaint about the file as it is; one about a strange key, an unknown attribute, an unknown format.
const complaints = async (content) => {
  const [document, json] = open(content);
  return (await service.doValidation(document, json, { schemaValidation: "error" })).map(({ message }) => message);
};
check((await complaints(text)).length === 0, `complaints about ${file}: ${await complaints(text)}`);
for (const [from, to] of [
  ['"lookup": true', '"look_up": true'],
  ['"manual": [\n', '"manul": [], "manual": [\n'],
  ["nguoi_khai.ngay_sinh", "nguoi_khai.ngay_sin"],
  ['"format": "code_label"', '"format": "code_lable"'],
  ['"format": "code_label"', '"fromat": "code_label"'],
]) {
  check(text.includes(from), `the test's text ${from} is not in ${file}`);
  check((await complaints(text.replace(from, to))).length > 0, `no complaint about ${to}`);
}
const { version } = require("vscode-json-languageservice/package.json");
console.log(`vscode-json-languageservice ${version}: ${offers} offers in ${Object.keys(places).length} places, ${wrong} wrong`);
process.exit(wrong === 0 ? 0 : 1);
