// The mapping of form lltp-03-2013 as one would write it by hand: a function from record and lists to the answer. What is
// the same in every answer is made once.

const NOT_GIVEN = "not_given";
const FORM = { id: "lltp-03-2013" };
const LOOKUPS = [{ person: "nguoi_de_nghi", outcome: "found", cached: true, age_s: 0 }];
const MEDIUM_CONFIDENCE = {
  code: "form_medium_confidence",
  detail: "Tờ khai này mới được đối chiếu một phần với bản chính thức.",
  title: "This form was seen only in part.",
};
const NATIONALITY_INFERRED = {
  code: "nationality_inferred",
  detail: "Cơ sở dữ liệu để trống quốc tịch: gợi ý Việt Nam, cán bộ xác nhận.",
  title: "The register leaves nationality blank: Việt Nam is suggested, please confirm.",
};
const WARNINGS = [MEDIUM_CONFIDENCE];
const WARNINGS_INFERRED = [MEDIUM_CONFIDENCE, NATIONALITY_INFERRED];

const empty = (path, reason, text) => ({ path, state: "empty", reason, text });
const filled = (path, source, locked, text, new_units) => ({ path, state: "filled", source, locked, text, new_units });
const suggested = (path, source, value, text) => ({ path, state: "suggested", source, value, text });

const MANUAL = Object.fromEntries([
  "kinh_gui", "nguoi_de_nghi_ten_goi_khac", "nguoi_de_nghi_noi_sinh", "nguoi_de_nghi_tam_tru", "nguoi_de_nghi_dien_thoai",
  "nguoi_de_nghi_email", "cha_ngay_sinh", "me_ngay_sinh", "vo_chong_ngay_sinh", "qua_trinh_cu_tru_cua_ban_than",
  "phan_khai_ve_an_tich_noi_dung_bi_cam_dam_nhiem", "yeu_cau_cap_phieu_ly_lich_tu_phap",
  "yeu_cau_xac_nhan_ve_noi_dung_cam_dam_nhiem_chuc", "muc_dich_yeu_cau_cap_phieu", "so_luong_phieu", "noi_lap", "ngay_lap",
].map((property) => [property, empty(`/${property}`, "manual")]));
// From a scanned card, and nobody hands one in here.
const CARD_DATE = empty("/nguoi_de_nghi_ngay_cap", NOT_GIVEN);
const CARD_PLACE = empty("/nguoi_de_nghi_noi_cap", NOT_GIVEN);

function plain(path, value, source, locked) {
  return value === undefined ? empty(path, NOT_GIVEN) : filled(path, source, locked);
}

function coded(path, code, entry, source, locked) {
  if (code === undefined || entry?.use === NOT_GIVEN) return empty(path, NOT_GIVEN);
  if (entry?.use === "value") return filled(path, source, locked, entry.name);
  if (entry?.use === "confirm") return suggested(path, source, code, entry.name);
  return empty(path, "unknown_code", code);
}

// The line names the units that its text does not name yet; street and house are what names no unit.
function address(home, lists) {
  const unit = lists.units[`${home.tinh}/${home.huyen ?? ""}/${home.xa}`];
  const parts = home.chi_tiet === undefined ? [] : home.chi_tiet.split(", ");
  const names = unit?.names ?? [];
  const said = parts.map((part) => part.toUpperCase());
  const line = [...parts];
  for (const { name, key } of names) if (!said.includes(key)) line.push(name);
  const street = parts.filter((_, at) => !names.some(({ key }) => key === said[at]));
  return {
    value: {
      day_du: line.join(", "),
      tinh: unit?.tinh,
      huyen: unit?.huyen,
      xa: unit?.xa,
      chi_tiet: street.length > 0 ? street.join(", ") : undefined,
      quoc_gia: lists.quoc_gia[home.quoc_gia] === undefined ? undefined : home.quoc_gia,
    },
    new_units: unit?.new_units,
  };
}

export function map({ request_id, service, record, lists }) {
  const gender = lists.gioi_tinh[record.gioi_tinh];
  const nationality = lists.quoc_gia[record.quoc_tich];
  const ethnicity = lists.dan_toc[record.dan_toc];
  const home = record.thuong_tru === undefined ? undefined : address(record.thuong_tru, lists);
  const number = record.so_dinh_danh ?? record.so_cmnd;
  const numberSource = record.so_dinh_danh === undefined ? "nguoi_de_nghi.so_cmnd" : "nguoi_de_nghi.so_dinh_danh";
  const born = record.ngay_sinh;
  const [father, mother, spouse] = [record.cha?.ho_va_ten, record.me?.ho_va_ten, record.vo_chong?.ho_va_ten];
  return {
    request_id,
    service,
    form: FORM,
    // The boxes of the card stay open; the number that was asked with is always there.
    status: "partial",
    data: {
      nguoi_de_nghi_ho_ten: record.ho_va_ten,
      nguoi_de_nghi_gioi_tinh: gender?.use === "value" ? record.gioi_tinh : undefined,
      nguoi_de_nghi_ngay_sinh: born,
      nguoi_de_nghi_quoc_tich: nationality?.use === "value" ? record.quoc_tich : undefined,
      nguoi_de_nghi_dan_toc: ethnicity?.use === "value" ? record.dan_toc : undefined,
      nguoi_de_nghi_thuong_tru: home?.value,
      nguoi_de_nghi_so_giay_to: number,
      cha_ho_ten: father,
      me_ho_ten: mother,
      vo_chong_ho_ten: spouse,
    },
    fields: [
      MANUAL.kinh_gui,
      plain("/nguoi_de_nghi_ho_ten", record.ho_va_ten, "nguoi_de_nghi.ho_va_ten", true),
      MANUAL.nguoi_de_nghi_ten_goi_khac,
      coded("/nguoi_de_nghi_gioi_tinh", record.gioi_tinh, gender, "nguoi_de_nghi.gioi_tinh", true),
      born === undefined
        ? empty("/nguoi_de_nghi_ngay_sinh", NOT_GIVEN)
        : filled("/nguoi_de_nghi_ngay_sinh", "nguoi_de_nghi.ngay_sinh", true, born.split("-").reverse().join("/")),
      MANUAL.nguoi_de_nghi_noi_sinh,
      // The register holds citizens, yet often leaves their nationality blank: offered, the officer confirms.
      record.quoc_tich === undefined
        ? suggested("/nguoi_de_nghi_quoc_tich", "nguoi_de_nghi.quoc_tich", "VN", lists.quoc_gia.VN.name)
        : coded("/nguoi_de_nghi_quoc_tich", record.quoc_tich, nationality, "nguoi_de_nghi.quoc_tich", false),
      coded("/nguoi_de_nghi_dan_toc", record.dan_toc, ethnicity, "nguoi_de_nghi.dan_toc", false),
      home === undefined
        ? empty("/nguoi_de_nghi_thuong_tru", NOT_GIVEN)
        : filled("/nguoi_de_nghi_thuong_tru", "nguoi_de_nghi.thuong_tru", false, home.value.day_du, home.new_units),
      MANUAL.nguoi_de_nghi_tam_tru,
      plain("/nguoi_de_nghi_so_giay_to", number, numberSource, false),
      CARD_DATE,
      CARD_PLACE,
      MANUAL.nguoi_de_nghi_dien_thoai,
      MANUAL.nguoi_de_nghi_email,
      plain("/cha_ho_ten", father, "nguoi_de_nghi.cha.ho_va_ten", false),
      MANUAL.cha_ngay_sinh,
      plain("/me_ho_ten", mother, "nguoi_de_nghi.me.ho_va_ten", false),
      MANUAL.me_ngay_sinh,
      plain("/vo_chong_ho_ten", spouse, "nguoi_de_nghi.vo_chong.ho_va_ten", false),
      MANUAL.vo_chong_ngay_sinh,
      MANUAL.qua_trinh_cu_tru_cua_ban_than,
      MANUAL.phan_khai_ve_an_tich_noi_dung_bi_cam_dam_nhiem,
      MANUAL.yeu_cau_cap_phieu_ly_lich_tu_phap,
      MANUAL.yeu_cau_xac_nhan_ve_noi_dung_cam_dam_nhiem_chuc,
      MANUAL.muc_dich_yeu_cau_cap_phieu,
      MANUAL.so_luong_phieu,
      MANUAL.noi_lap,
      MANUAL.ngay_lap,
    ],
    lookups: LOOKUPS,
    warnings: record.quoc_tich === undefined ? WARNINGS_INFERRED : WARNINGS,
  };
}
