"""The mapping of form lltp-03-2013 as one would write it by hand: a function from record and lists to the answer.

What is the same in every answer is made once.
"""

NOT_GIVEN = "not_given"
FORM = {"id": "lltp-03-2013"}
LOOKUPS = [{"person": "nguoi_de_nghi", "outcome": "found", "cached": True, "age_s": 0}]
MEDIUM_CONFIDENCE = {
    "code": "form_medium_confidence",
    "detail": "Tờ khai này mới được đối chiếu một phần với bản chính thức.",
    "title": "This form was seen only in part.",
}
NATIONALITY_INFERRED = {
    "code": "nationality_inferred",
    "detail": "Cơ sở dữ liệu để trống quốc tịch: gợi ý Việt Nam, cán bộ xác nhận.",
    "title": "The register leaves nationality blank: Việt Nam is suggested, please confirm.",
}
NOTHING = (None, None)


def empty(path, reason, text=None):
    if text is None:
        return {"path": path, "state": "empty", "reason": reason}
    return {"path": path, "state": "empty", "reason": reason, "text": text}


def filled(path, source, locked, **more):
    return {"path": path, "state": "filled", "source": source, "locked": locked, **more}


def suggested(path, source, value, text):
    return {"path": path, "state": "suggested", "source": source, "value": value, "text": text}


MANUAL = {name: empty(f"/{name}", "manual") for name in (
    "kinh_gui", "nguoi_de_nghi_ten_goi_khac", "nguoi_de_nghi_noi_sinh", "nguoi_de_nghi_tam_tru", "nguoi_de_nghi_dien_thoai",
    "nguoi_de_nghi_email", "cha_ngay_sinh", "me_ngay_sinh", "vo_chong_ngay_sinh", "qua_trinh_cu_tru_cua_ban_than",
    "phan_khai_ve_an_tich_noi_dung_bi_cam_dam_nhiem", "yeu_cau_cap_phieu_ly_lich_tu_phap",
    "yeu_cau_xac_nhan_ve_noi_dung_cam_dam_nhiem_chuc", "muc_dich_yeu_cau_cap_phieu", "so_luong_phieu", "noi_lap", "ngay_lap")}
# From a scanned card, and nobody hands one in here.
CARD_DATE = empty("/nguoi_de_nghi_ngay_cap", NOT_GIVEN)
CARD_PLACE = empty("/nguoi_de_nghi_noi_cap", NOT_GIVEN)


def plain(path, value, source, locked):
    return empty(path, NOT_GIVEN) if value is None else filled(path, source, locked)


def coded(path, code, entry, source, locked):
    name, use = entry
    if code is None or use == NOT_GIVEN:
        return empty(path, NOT_GIVEN)
    if use == "value":
        return filled(path, source, locked, text=name)
    if use == "confirm":
        return suggested(path, source, code, name)
    return empty(path, "unknown_code", code)


def address(home, lists):
    """The value and the unit. The line names the units that its text does not name yet; street and house name no unit."""
    unit = lists["units"].get((home.get("tinh"), home.get("huyen"), home.get("xa")))
    detail = home.get("chi_tiet")
    parts = detail.split(", ") if detail is not None else []
    value = {}
    if unit is None:
        line = street = parts
    else:
        said = [part.upper() for part in parts]
        line = parts + [name for name, key in unit["names"] if key not in said]
        keys = unit["keys"]
        street = [part for part, key in zip(parts, said) if key not in keys]
        value = {"tinh": unit["tinh"], "huyen": unit["huyen"], "xa": unit["xa"]}
    value["day_du"] = ", ".join(line)
    if street:
        value["chi_tiet"] = ", ".join(street)
    if home.get("quoc_gia") in lists["quoc_gia"]:
        value["quoc_gia"] = home["quoc_gia"]
    return value, unit


def fill(request_id, service, record, lists):
    """The answer as a dict in the shape of `models.Answer`."""
    given = record.get
    name, born, number = given("ho_va_ten"), given("ngay_sinh"), given("so_dinh_danh")
    gender, nationality, ethnicity = given("gioi_tinh"), given("quoc_tich"), given("dan_toc")
    gender_entry = lists["gioi_tinh"].get(gender, NOTHING)
    nationality_entry = lists["quoc_gia"].get(nationality, NOTHING)
    ethnicity_entry = lists["dan_toc"].get(ethnicity, NOTHING)
    number_source = "nguoi_de_nghi.so_dinh_danh"
    if number is None:
        number, number_source = given("so_cmnd"), "nguoi_de_nghi.so_cmnd"
    father, mother, spouse = (given(group, {}).get("ho_va_ten") for group in ("cha", "me", "vo_chong"))
    data = {
        "nguoi_de_nghi_ho_ten": name,
        "nguoi_de_nghi_gioi_tinh": gender if gender_entry[1] == "value" else None,
        "nguoi_de_nghi_ngay_sinh": born,
        "nguoi_de_nghi_quoc_tich": nationality if nationality_entry[1] == "value" else None,
        "nguoi_de_nghi_dan_toc": ethnicity if ethnicity_entry[1] == "value" else None,
        "nguoi_de_nghi_so_giay_to": number,
        "cha_ho_ten": father,
        "me_ho_ten": mother,
        "vo_chong_ho_ten": spouse,
    }
    home = given("thuong_tru")
    home_field = empty("/nguoi_de_nghi_thuong_tru", NOT_GIVEN)
    if home is not None:
        value, unit = address(home, lists)
        data["nguoi_de_nghi_thuong_tru"] = value
        home_field = filled("/nguoi_de_nghi_thuong_tru", "nguoi_de_nghi.thuong_tru", False, text=value["day_du"])
        if unit is not None and unit["new_units"] is not None:
            home_field["new_units"] = unit["new_units"]
    warnings = [MEDIUM_CONFIDENCE]
    if nationality is None:
        # The register holds citizens, yet often leaves their nationality blank: offered, the officer confirms.
        nationality_field = suggested("/nguoi_de_nghi_quoc_tich", "nguoi_de_nghi.quoc_tich", "VN", lists["quoc_gia"]["VN"][0])
        warnings.append(NATIONALITY_INFERRED)
    else:
        nationality_field = coded("/nguoi_de_nghi_quoc_tich", nationality, nationality_entry, "nguoi_de_nghi.quoc_tich", False)
    born_field = empty("/nguoi_de_nghi_ngay_sinh", NOT_GIVEN)
    if born is not None:
        printed = "/".join(reversed(born.split("-")))
        born_field = filled("/nguoi_de_nghi_ngay_sinh", "nguoi_de_nghi.ngay_sinh", True, text=printed)
    fields = [
        MANUAL["kinh_gui"],
        plain("/nguoi_de_nghi_ho_ten", name, "nguoi_de_nghi.ho_va_ten", True),
        MANUAL["nguoi_de_nghi_ten_goi_khac"],
        coded("/nguoi_de_nghi_gioi_tinh", gender, gender_entry, "nguoi_de_nghi.gioi_tinh", True),
        born_field,
        MANUAL["nguoi_de_nghi_noi_sinh"],
        nationality_field,
        coded("/nguoi_de_nghi_dan_toc", ethnicity, ethnicity_entry, "nguoi_de_nghi.dan_toc", False),
        home_field,
        MANUAL["nguoi_de_nghi_tam_tru"],
        plain("/nguoi_de_nghi_so_giay_to", number, number_source, False),
        CARD_DATE,
        CARD_PLACE,
        MANUAL["nguoi_de_nghi_dien_thoai"],
        MANUAL["nguoi_de_nghi_email"],
        plain("/cha_ho_ten", father, "nguoi_de_nghi.cha.ho_va_ten", False),
        MANUAL["cha_ngay_sinh"],
        plain("/me_ho_ten", mother, "nguoi_de_nghi.me.ho_va_ten", False),
        MANUAL["me_ngay_sinh"],
        plain("/vo_chong_ho_ten", spouse, "nguoi_de_nghi.vo_chong.ho_va_ten", False),
        MANUAL["vo_chong_ngay_sinh"],
        MANUAL["qua_trinh_cu_tru_cua_ban_than"],
        MANUAL["phan_khai_ve_an_tich_noi_dung_bi_cam_dam_nhiem"],
        MANUAL["yeu_cau_cap_phieu_ly_lich_tu_phap"],
        MANUAL["yeu_cau_xac_nhan_ve_noi_dung_cam_dam_nhiem_chuc"],
        MANUAL["muc_dich_yeu_cau_cap_phieu"],
        MANUAL["so_luong_phieu"],
        MANUAL["noi_lap"],
        MANUAL["ngay_lap"],
    ]
    # The boxes of the card stay open; the number that was asked with is always there.
    return {"request_id": request_id, "service": service, "form": FORM, "status": "partial", "data": data,
            "fields": fields, "lookups": LOOKUPS, "warnings": warnings}
