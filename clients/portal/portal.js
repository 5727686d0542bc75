// What a portal does with an answer: locked boxes are shown and not edited, suggestions wait for a click, empty boxes say why,
// and an outage is an outage. Nothing of a person goes into the address or into storage.
import { Diensan, DiensanProblem } from "/client.js";

const SERVICE = "1.005099";
const FORM = "don-chuyen-truong-tieu-hoc";
/** The server of this portal adds the key and hands the request on. */
const diensan = new Diensan(location.origin);

const REASONS = {
  manual: "Tự điền.",
  not_given: "Cơ sở dữ liệu chưa có thông tin này; hãy tự điền.",
  person_not_asked: "Chưa tra cứu người này; hãy tự điền.",
  record_blocked: "Cơ sở dữ liệu không cho dùng thông tin này; liên hệ cán bộ.",
  partial_date: "Cơ sở dữ liệu chỉ biết một phần ngày; hãy tự điền.",
  not_licensed: "Cổng này không được nhận thông tin này; hãy tự điền.",
};
const MEANINGS = {
  not_found: "Không có dữ liệu khớp cùng lúc số, họ tên và ngày sinh. Hãy kiểm tra lại cả ba.",
  outage: "Hệ thống tra cứu đang lỗi. Điều này không nói gì về bạn; hãy tự điền hoặc thử lại sau.",
  wait: "Hệ thống tra cứu đang bận. Điều này không nói gì về bạn; hãy thử lại sau.",
  not_allowed: "Cổng này không được tra cứu.",
};

const at = (id) => document.getElementById(id);
/** What goes into the form: by property, as the service gave it or as it was typed. */
let data = {};

function say(text) {
  at("said").textContent = text;
}

function box(field, title) {
  const key = field.path.slice(1);
  const label = document.createElement("label");
  label.append(title);
  const input = document.createElement("input");
  input.id = `box-${key}`;
  input.value = typeof data[key] === "string" ? data[key] : (field.state === "filled" ? field.text ?? "" : "");
  input.readOnly = field.state === "filled" && (field.locked || typeof data[key] !== "string");
  input.addEventListener("input", () => {
    if (input.value.trim() === "") delete data[key];
    else data[key] = input.value;
  });
  const note = document.createElement("span");
  note.className = "note";
  note.append(words(field, input.readOnly));
  if (field.state === "suggested" && typeof field.value === "string") {
    const take = document.createElement("button");
    take.type = "button";
    take.textContent = `Dùng: ${field.text ?? field.value}`;
    take.addEventListener("click", () => {
      data[key] = field.value;
      input.value = field.text ?? field.value;
      take.remove();
    });
    note.append(" ", take);
  }
  label.append(input, note);
  return label;
}

function words(field, readOnly) {
  switch (field.state) {
    case "filled":
      if (field.locked) return "Từ CSDL quốc gia về dân cư; không sửa ở đây.";
      // An address is codes and a text together: this small page has no boxes for its parts.
      return `Từ CSDL quốc gia về dân cư; ${readOnly ? "nếu khác thực tế, hãy báo cán bộ" : "sửa được nếu khác thực tế"}.`;
    case "suggested":
      return "Gợi ý, hãy xác nhận.";
    case "kept":
      return field.differs ? "Giữ như bạn đã gõ; cơ sở dữ liệu ghi khác." : "Giữ như bạn đã gõ.";
    default:
      return REASONS[field.reason] ?? "Không điền sẵn được; hãy tự điền.";
  }
}

at("who").addEventListener("submit", async (event) => {
  event.preventDefault();
  const citizen = Object.fromEntries(
    ["id", "name", "birth_date"].map((name) => [name, at(name).value.trim()]).filter(([, value]) => value !== ""));
  say("Đang tra cứu…");
  try {
    const [schema, answer] = await Promise.all([
      diensan.form(FORM), diensan.autofill({ service: SERVICE, form: FORM, citizen, typed: data })]);
    data = { ...answer.data };
    at("title").textContent = schema.title;
    const title = (field) => schema.properties[field.path.slice(1)]?.title ?? field.path;
    at("boxes").replaceChildren(...answer.fields.map((field) => box(field, title(field))));
    at("form").hidden = false;
    say(`Đã điền sẵn ${answer.fields.filter((field) => field.state === "filled").length} ô.`);
  } catch (error) {
    if (!(error instanceof DiensanProblem)) throw error;
    say(MEANINGS[error.meaning] ?? error.problem.detail);
  }
});

at("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const found = await diensan.validate(FORM, { data });
  const faults = [...found.missing, ...found.wrong].map((fault) => {
    const item = document.createElement("li");
    item.textContent = fault.detail;
    return item;
  });
  at("faults").replaceChildren(...faults);
  say(found.valid ? "Đơn đã đủ." : `Còn ${faults.length} chỗ cần sửa.`);
});
