"""The invented people of the catalogue, as the two peers need them."""

import json
import re
import unicodedata
from pathlib import Path

ADDRESSES = {
    "noi_dang_ky_khai_sinh": "NoiDangKyKhaiSinh",
    "que_quan": "QueQuan",
    "thuong_tru": "ThuongTru",
    "noi_o_hien_tai": "NoiOHienTai",
}
ADDRESS = {
    "tinh": "MaTinhThanh",
    "huyen": "MaQuanHuyen",
    "xa": "MaPhuongXa",
    "chi_tiet": "ChiTiet",
    "quoc_gia": "QuocGia",
}
RELATIVES = {"cha": "Cha", "me": "Me", "vo_chong": "VoChong", "nguoi_dai_dien": "NguoiDaiDien"}
RELATIVE = {"ho_va_ten": "HoVaTen", "quoc_tich": "QuocTich", "so_dinh_danh": "SoDinhDanh", "so_cmnd": "SoCMND"}
HEAD = {"quan_he": "QuanHe", "so_dinh_danh": "SoDinhDanh", "so_cmnd": "SoCMND", "ho_va_ten": "HoVaTen"}
CODES = {
    "so_dinh_danh": "SoDinhDanh",
    "so_cmnd": "SoCMND",
    "gioi_tinh": "GioiTinh",
    "dan_toc": "DanToc",
    "ton_giao": "TonGiao",
    "tinh_trang_hon_nhan": "TinhTrangHonNhan",
    "nhom_mau": "NhomMau",
    "quoc_tich": "QuocTich",
    "so_so_ho_khau": "SoSoHoKhau",
    "trang_thai_cong_dan": "TrangThaiCongDan",
}


def records(root):
    """The records by file name."""
    folder = Path(root) / "service-catalog" / "people"
    return {path.stem: json.loads(path.read_text("utf-8"))["record"] for path in sorted(folder.glob("*.json"))}


def compact(name):
    """The compact name of the wire protocol, section 4.1."""
    text = unicodedata.normalize("NFC", name)
    for letter in "\u0110\u00d0\u0189":
        text = text.replace(letter, "D")
    for letter in "\u0111\u00f0\u0256":
        text = text.replace(letter, "d")
    return re.sub("[^A-Za-z0-9]", "", unicodedata.normalize("NFD", text)).upper()


def expected(record):
    """The record of somebody with a name in one piece, as nested names of the wire; what is not given is not there."""
    wire = {wire: record[own] for own, wire in CODES.items() if own in record}
    wire["HoVaTen"] = {"Ten": record["ho_va_ten"]}
    date = record["ngay_sinh"]
    wire["NgayThangNamSinh"] = {"Nam": date[:4]}
    if len(date) > 4:
        wire["NgayThangNamSinh"]["NgayThangNam"] = date.replace("-", "").ljust(8, "0")
    for groups, members in ((ADDRESSES, ADDRESS), (RELATIVES, RELATIVE), ({"chu_ho": "ChuHo"}, HEAD)):
        for own, name in groups.items():
            group = {wire: record[own][member] for member, wire in members.items() if member in record.get(own, {})}
            if group:
                wire[name] = group
    return wire
