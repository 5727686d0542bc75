// Fastify with a mapping written by hand, and the schema of the answer, from which Fastify makes a function that writes it
// (fast-json-stringify). This is what Fastify's guide recommends for speed.
import { serve } from "../serve.mjs";
import { map } from "./mapping.mjs";

const text = { type: "string" };
const yes_or_no = { type: "boolean" };
const object = (properties) => ({ type: "object", properties });
const list = (items) => ({ type: "array", items });
const unit = object({ value: text, label: text });

const ANSWER = object({
  request_id: text,
  service: object({ code: text, name: text, successor: text }),
  form: object({ id: text }),
  status: text,
  data: object({
    nguoi_de_nghi_ho_ten: text,
    nguoi_de_nghi_gioi_tinh: text,
    nguoi_de_nghi_ngay_sinh: text,
    nguoi_de_nghi_quoc_tich: text,
    nguoi_de_nghi_dan_toc: text,
    nguoi_de_nghi_thuong_tru: object({ day_du: text, tinh: text, huyen: text, xa: text, chi_tiet: text, quoc_gia: text }),
    nguoi_de_nghi_so_giay_to: text,
    cha_ho_ten: text,
    me_ho_ten: text,
    vo_chong_ho_ten: text,
  }),
  fields: list(object({
    path: text,
    state: text,
    reason: text,
    source: text,
    locked: yes_or_no,
    value: text,
    text,
    new_units: object({ tinh: unit, xa: list(unit) }),
  })),
  lookups: list(object({ person: text, outcome: text, cached: yes_or_no, age_s: { type: "integer" } })),
  warnings: list(object({ code: text, detail: text, title: text })),
});

await serve(map, ANSWER);
