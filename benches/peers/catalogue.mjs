// What both Node.js servers hold in memory: the invented people by number, the service, the code lists, the units. Read
// from the repository's own service-catalog, so that nobody has to keep a second copy in step.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const SERVICE = "2.000488";
const CODE_LISTS = { gioi_tinh: "gioi-tinh", quoc_gia: "quoc-gia", dan_toc: "dan-toc" };
const SURE = new Set(["unchanged", "renamed", "merged"]);

// RFC 4180: a field may stand in quotes, in which two quotes are one.
function rows(text) {
  const [head, ...lines] = text.trimEnd().split("\n").map((line) =>
    [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
      quoted === undefined ? plain : quoted.replaceAll('""', '"')));
  return lines.map((fields) => Object.fromEntries(head.map((name, at) => [name, fields[at]])));
}

// What became of every old commune on 1 July 2025: its one sure successor, or those among which an officer chooses.
function successors(changes, since) {
  const communes = new Map(since.map((row) => [row.commune_code, row]));
  const steps = new Map();
  // Rows without an old commune tell of islands and a coast.
  for (const row of changes) {
    const old = row.old_commune_code;
    if (old !== "") steps.set(old, [...(steps.get(old) ?? []), row]);
  }
  return new Map([...steps].map(([old, all]) => {
    const sure = all.filter((step) => SURE.has(step.kind));
    const people = sure.length > 0 ? sure : all.filter((step) => step.kind === "split");
    const named = people.map((step) => communes.get(step.new_commune_code));
    const xa = named.map((row) => ({ value: row.commune_code, label: row.commune_name }));
    const { province_code, province_name } = named[0];
    return [old, { tinh: { value: province_code, label: province_name }, xa }];
  }));
}

// By the codes of an address together, so that codes that do not belong together find nothing; the names as printed and
// in capitals, so that nothing has to be done twice for every request.
function units(before, since, changes) {
  const converted = successors(changes, since);
  const found = {};
  for (const row of [...before, ...since]) {
    const names = [row.commune_name, row.district_name, row.province_name].filter((name) => name !== undefined);
    found[`${row.province_code}/${row.district_code ?? ""}/${row.commune_code}`] = {
      tinh: row.province_code,
      huyen: row.district_code,
      xa: row.commune_code,
      names: names.map((name) => ({ name, key: name.toUpperCase() })),
      new_units: row.district_code === undefined ? undefined : converted.get(row.commune_code),
    };
  }
  return found;
}

// Dead or missing people and contradictory dates are left to a real service: here there is nobody with such a record.
function isPlain(record) {
  return typeof record.ngay_sinh !== "object" && !["2", "3"].includes(record.trang_thai_cong_dan);
}

// Some replies give a name in its parts. Ours reads a record once, when it comes from the register, and so does this.
function withWholeNames(record) {
  const whole = (name) => typeof name === "object" ? [name.ho, name.chu_dem, name.ten].filter(Boolean).join(" ") : name;
  const person = (of) => of?.ho_va_ten === undefined ? of : { ...of, ho_va_ten: whole(of.ho_va_ten) };
  return { ...person(record), cha: person(record.cha), me: person(record.me), vo_chong: person(record.vo_chong) };
}

export function load(root) {
  const catalogue = join(root, "service-catalog");
  const text = (...path) => readFileSync(join(catalogue, ...path), "utf8");
  const json = (...path) => JSON.parse(text(...path));
  const table = (name) => rows(text("administrative-units", `${name}.csv`));

  const names = readdirSync(join(catalogue, "people")).filter((name) => name.endsWith(".json"));
  const files = names.map((name) => json("people", name));
  const count = (number) => files.filter((file) => file.number === number).length;
  // Nobody's form is filled from one of two records of the same number.
  const known = files.filter((file) => isPlain(file.record) && count(file.number) === 1);
  const people = new Map(known.map(({ number, record }) => [number, withWholeNames(record)]));
  const { code, name, successor } = json("province", `${SERVICE}.json`);
  const services = new Map([[code, { code, name: name.vi, successor }]]);
  const list = (file) => rows(text("code-lists", `${file}.csv`)).map((row) => [row.code, { name: row.name_vi, use: row.use }]);
  const lists = Object.fromEntries(Object.entries(CODE_LISTS).map(([member, file]) => [member, Object.fromEntries(list(file))]));
  lists.units = units(table("before-2025-07-01"), table("since-2025-07-01"), table("changes"));
  return { people, services, lists };
}
