"""An independent SOAP server: spyne answers 037 and 033 for the invented people.

    spyne_server.py ROOT

Prints `listening on http://…` and serves until it is stopped. The request is held against the schema that spyne makes
of the classes below (lxml: order of elements, exactly one birth date, forms, no unknown elements). The signature of the
profile `direct` is not checked: spyne knows nothing of it.
"""

import logging
import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

# spyne 2.14.0 brings an old six whose importer Python 3.12 and later no longer ask; what spyne imports through it is
# taken from the six on the index instead.
from six import moves
from six.moves.urllib import parse

sys.modules["spyne.util.six.moves.collections_abc"] = moves.collections_abc
sys.modules["spyne.util.six.moves.http_cookies"] = moves.http_cookies
sys.modules["spyne.util.six.moves.urllib.parse"] = parse

from spyne import Application, Boolean, ComplexModel, Fault, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

from people import ADDRESS, ADDRESSES, RELATIVES, compact, expected, records

OPERATIONS = "http://dancuquocgia.bca"
RECORD = "http://www.mic.gov.vn/dancu/1.0"


def required(**options):
    return Unicode(min_occurs=1, nillable=False, **options)


def optional(**options):
    return Unicode(min_occurs=0, nillable=False, **options)


class Sinh(ComplexModel):
    """`NgayThangNamSinh` of a question."""

    __namespace__ = OPERATIONS
    _type_info = [
        ("NgayThangNam", required(pattern="[0-9]{8}", xml_choice_group="sinh")),
        ("Nam", required(pattern="[0-9]{4}", xml_choice_group="sinh")),
    ]


def question(service_numbers):
    """The fields of a question in their order."""
    return [
        ("MaYeuCau", required(pattern="[A-Za-z0-9\\-]{1,36}")),
        ("MaDVC", required(min_len=1)),
        ("MaTichHop", required(values=service_numbers)),
        ("MaCanBo", required(min_len=1)),
        ("MaDonVi", optional(min_len=1)),
        ("TaiKhoan", optional(min_len=1)),
        ("SoDienThoai", optional(min_len=1)),
        # spyne puts every choice at the end of the sequence, so the schema lets none or both pass; `find` does not.
        ("SoDinhDanh", optional(pattern="[0-9]{12}")),
        ("SoCMND", optional(pattern="[0-9]{9}")),
        ("HoVaTen", required(pattern="[A-Z0-9]+")),
        ("NgayThangNamSinh", Sinh.customize(min_occurs=1, nillable=False)),
    ]


class TraCuuThongTinCongDan(ComplexModel):
    __namespace__ = OPERATIONS
    _type_info = question(["037"])


class XacThucThongTinCongDan(ComplexModel):
    __namespace__ = OPERATIONS
    _type_info = question(["033", "003"])


class KetQuaXacThuc(ComplexModel):
    __namespace__ = OPERATIONS
    _type_info = [("TonTai", Boolean(min_occurs=1, nillable=False))]


class HoVaTen(ComplexModel):
    __namespace__ = RECORD
    _type_info = [(name, optional()) for name in ("Ho", "ChuDem", "Ten")]


class NgayThangNamSinh(ComplexModel):
    __namespace__ = RECORD
    _type_info = [(name, optional()) for name in ("Nam", "NgayThangNam")]


class DiaChi(ComplexModel):
    __namespace__ = RECORD
    _type_info = [(name, optional()) for name in ADDRESS.values()]


class NguoiThan(ComplexModel):
    __namespace__ = RECORD
    _type_info = [(name, optional()) for name in ("HoVaTen", "QuocTich", "SoDinhDanh", "SoCMND")]


class ChuHo(ComplexModel):
    __namespace__ = RECORD
    _type_info = [(name, optional()) for name in ("QuanHe", "SoDinhDanh", "SoCMND", "HoVaTen")]


class CongDan(ComplexModel):
    __namespace__ = RECORD
    _type_info = [
        ("SoDinhDanh", optional()),
        ("SoCMND", optional()),
        ("HoVaTen", HoVaTen.customize(min_occurs=0)),
        ("GioiTinh", optional()),
        ("DanToc", optional()),
        ("TonGiao", optional()),
        ("TinhTrangHonNhan", optional()),
        ("NhomMau", optional()),
        ("NgayThangNamSinh", NgayThangNamSinh.customize(min_occurs=0)),
        ("NoiDangKyKhaiSinh", DiaChi.customize(min_occurs=0)),
        ("QuocTich", optional()),
        ("QueQuan", DiaChi.customize(min_occurs=0)),
        ("ThuongTru", DiaChi.customize(min_occurs=0)),
        ("NoiOHienTai", DiaChi.customize(min_occurs=0)),
        ("Cha", NguoiThan.customize(min_occurs=0)),
        ("Me", NguoiThan.customize(min_occurs=0)),
        ("VoChong", NguoiThan.customize(min_occurs=0)),
        ("NguoiDaiDien", NguoiThan.customize(min_occurs=0)),
        ("ChuHo", ChuHo.customize(min_occurs=0)),
        ("SoSoHoKhau", optional()),
        ("TrangThaiCongDan", optional()),
    ]


class CongdanCollection(ComplexModel):
    __namespace__ = RECORD
    _type_info = [("CongDan", CongDan.customize(min_occurs=0, max_occurs="unbounded"))]


GROUPS = {
    "HoVaTen": HoVaTen,
    "NgayThangNamSinh": NgayThangNamSinh,
    "ChuHo": ChuHo,
    **{name: DiaChi for name in ADDRESSES.values()},
    **{name: NguoiThan for name in RELATIVES.values()},
}


class Register:
    """Everybody whose name is in one piece and whose birth date does not contradict itself."""

    def __init__(self, root):
        self.entries = []
        for record in records(root).values():
            name, date = record.get("ho_va_ten"), record.get("ngay_sinh")
            if isinstance(name, str) and isinstance(date, str):
                self.entries.append((record, compact(name), date.replace("-", "")))

    def find(self, asked):
        if (asked.SoDinhDanh is None) == (asked.SoCMND is None):
            raise Fault("Client.OneNumber", "exactly one of SoDinhDanh and SoCMND must be present")
        birth = asked.NgayThangNamSinh
        for record, name, date in self.entries:
            if asked.SoDinhDanh is not None:
                same_number = record.get("so_dinh_danh") == asked.SoDinhDanh
            else:
                same_number = record.get("so_cmnd") == asked.SoCMND
            born = date == birth.NgayThangNam if birth.NgayThangNam is not None else date[:4] == birth.Nam
            if same_number and name == asked.HoVaTen and born:
                yield record


def citizen(record):
    members = expected(record)
    for name in (*RELATIVES.values(), "ChuHo"):
        parts = members.get(name, {}).get("HoVaTen")
        if isinstance(parts, dict):
            # This server has one text for a relative's name.
            members[name]["HoVaTen"] = " ".join(parts[part] for part in ("ho", "chu_dem", "ten") if part in parts)
    for name, group in GROUPS.items():
        if name in members:
            members[name] = group(**members[name])
    return CongDan(**members)


def service(register):
    class DanCu(ServiceBase):
        @rpc(
            TraCuuThongTinCongDan,
            _returns=CongdanCollection,
            _body_style="bare",
            _in_message_name=f"{{{OPERATIONS}}}TraCuuThongTinCongDan",
            _out_message_name=f"{{{RECORD}}}CongdanCollection",
        )
        def tra_cuu(ctx, asked):
            return CongdanCollection(CongDan=[citizen(record) for record in register.find(asked)])

        @rpc(
            XacThucThongTinCongDan,
            _returns=KetQuaXacThuc,
            _body_style="bare",
            _in_message_name=f"{{{OPERATIONS}}}XacThucThongTinCongDan",
            _out_message_name=f"{{{OPERATIONS}}}KetQuaXacThuc",
        )
        def xac_thuc(ctx, asked):
            return KetQuaXacThuc(TonTai=any(register.find(asked)))

    return DanCu


class Silent(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


def main():
    # spyne writes whole requests into its log.
    logging.disable(logging.CRITICAL)
    (root,) = sys.argv[1:]
    application = Application(
        [service(Register(root))], tns=OPERATIONS, in_protocol=Soap11(validator="lxml"), out_protocol=Soap11()
    )
    server = make_server("127.0.0.1", 0, WsgiApplication(application), WSGIServer, Silent)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


main()
