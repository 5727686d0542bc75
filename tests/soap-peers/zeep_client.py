"""An independent SOAP client: zeep is built from the simulator's own WSDL and asks both SOAP doors.

    zeep_client.py ROOT ADDRESS

Everything is held strictly: zeep refuses elements that the WSDL does not know, and lxml validates every request and
every reply against the schemas in it. Values are compared with the files of the invented people. Prints one line a
door; any difference is an error. No value is ever printed.
"""

import base64
import hashlib
import itertools
import sys
import time

import requests
import zeep
from lxml import etree

from people import compact, expected, records

USER, SECRET, SIGNING_URL = "mo-phong", "khong-phai-bi-mat", "/direct/037"
CONNECTION_STRING = base64.b64encode(
    b'{"AccessKey":"mo-phong","SecretKey":"khong-phai-bi-mat","AppName":"diensan-mo-phong",'
    b'"PartnerCode":"999","PartnerCodeCus":"999"}'
).decode()
AUTH_HASH = base64.b64encode(b"mo-phong:khong-phai-bi-mat").decode()
# Whose replies have the recorded shape that the WSDL describes: relatives' names and codes as text. The simulator
# answers for the others in shapes that only a tolerant reader takes.
PEOPLE = [
    "999085000001",
    "999095000010",
    "999096000021",
    "999160000003",
    "999183000030",
    "999200000027",
    "999301000007",
    "999312000011",
]
NOBODY = "999085000991"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
count = itertools.count(1)
statuses = []


class Schemas(zeep.Plugin):
    """Validates what goes out and what comes in, and adds the headers of the profile."""

    def __init__(self, wsdl, headers):
        self.headers = headers
        self.validated = 0
        schemas = etree.fromstring(wsdl).iter("{http://www.w3.org/2001/XMLSchema}schema")
        # Written and read again, so that each stands alone with the prefixes that it uses.
        alone = [etree.fromstring(etree.tostring(schema)) for schema in schemas]
        self.schemas = {schema.get("targetNamespace"): etree.XMLSchema(schema) for schema in alone}

    def check(self, envelope):
        for element in envelope.find(SOAP + "Body"):
            self.schemas[etree.QName(element).namespace].assertValid(element)
            self.validated += 1

    def egress(self, envelope, http_headers, operation, binding_options):
        # What goes over the wire, not what zeep holds in memory.
        self.check(etree.fromstring(etree.tostring(envelope)))
        http_headers["Content-Type"] = "application/xml; charset=utf-8"
        http_headers.update(self.headers())
        return envelope, http_headers

    def ingress(self, envelope, http_headers, operation):
        # A gateway's refusal is no envelope.
        if envelope.tag == SOAP + "Envelope":
            self.check(envelope)
        return envelope, http_headers


def signed():
    """The header of the profile `direct`, by its text in the protocol."""
    timestamp = str(int(time.time() * 1000))
    signature = hashlib.sha256((SIGNING_URL + USER + timestamp + SECRET).encode()).hexdigest()
    basic = base64.b64encode(f"{USER}:{signature}".encode()).decode()
    return {"Timestamp": timestamp, "Authorization": f"Basic {basic}"}


def with_token(session, address):
    """The headers of the profile `lgsp-soap`, with a token from the gateway."""
    reply = session.post(
        address + "/token",
        data={"grant_type": "client_credentials"},
        headers={"lgspaccesstoken": CONNECTION_STRING, "Accept": "application/json"},
        timeout=10,
    )
    reply.raise_for_status()
    token = reply.json()["access_token"]
    return {"Authorization": f"Bearer {token}", "lgspaccesstoken": CONNECTION_STRING, "AuthHash": AUTH_HASH}


def client(session, address, door, headers):
    wsdl = session.get(address + door + "?wsdl", timeout=10)
    wsdl.raise_for_status()
    schemas = Schemas(wsdl.content, headers)
    transport = zeep.Transport(session=session, timeout=10, operation_timeout=10)
    settings = zeep.Settings(strict=True, xml_huge_tree=False)
    return zeep.Client(address + door + "?wsdl", transport=transport, plugins=[schemas], settings=settings), schemas


def question(number, name, date, service):
    birth = {"NgayThangNam": date.replace("-", "")} if len(date) == 10 else {"Nam": date[:4]}
    return {
        "MaYeuCau": f"ZEEP-{next(count)}-{time.time_ns()}",
        "MaDVC": "9.999999",
        "MaTichHop": service,
        "MaCanBo": "999080000099",
        "SoDinhDanh": number,
        "HoVaTen": compact(name),
        "NgayThangNamSinh": birth,
    }


def given(value):
    """A reply without what is not given."""
    if isinstance(value, dict):
        members = {name: given(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member} or None
    if isinstance(value, list):
        return [given(item) for item in value][0] if len(value) == 1 else [given(item) for item in value] or None
    text = (value or "").strip()
    return None if text in ("", "null") else text


def later_verification(peer, record):
    """The later field set of 033. zeep cannot fill a choice in a choice, so the fields are written by hand."""
    service = peer.bind("CongDan", "XacThuc")
    envelope = peer.create_message(service, "XacThucThongTinCongDan", **question(NOBODY, "X", "1985", "033"))
    operation = envelope.find(SOAP + "Body")[0]
    fields = {
        "MaYeuCau": f"ZEEP-{next(count)}-{time.time_ns()}",
        "MaDichVu": "9.999999",
        "MaCanBo": "999080000099",
        "SoDinhDanh": record["so_dinh_danh"],
        "HoVaTen": compact(record["ho_va_ten"]),
    }
    namespace = etree.QName(operation).namespace
    operation[:] = []
    for name, text in fields.items():
        etree.SubElement(operation, f"{{{namespace}}}{name}").text = text
    (schemas,) = peer.plugins
    _, headers = schemas.egress(envelope, {}, None, None)
    address = service._binding_options["address"]
    reply = peer.transport.post(address, etree.tostring(envelope), headers)
    assert reply.status_code == 200
    envelope = etree.fromstring(reply.content)
    schemas.ingress(envelope, {}, None)
    return envelope.findtext(f".//{{{namespace}}}TonTai") == "true"


def ask(session, address, profile, door, headers, people):
    peer, schemas = client(session, address, door, headers)
    look_up = peer.bind("CongDan", "TraCuu").TraCuuThongTinCongDan
    verify = peer.bind("CongDan", "XacThuc").XacThucThongTinCongDan
    for number in PEOPLE:
        record = people[number]
        name, date = record["ho_va_ten"], record["ngay_sinh"]
        reply = zeep.helpers.serialize_object(look_up(**question(number, name, date, "037")), dict)
        found = given(reply["CongDan"])
        assert found == expected(record), f"{profile}: the reply for {number[:3]}… differs"
        assert verify(**question(number, name, date, "033")) is True
        assert verify(**question(number, name + " SAI", date, "003")) is False
    reply = look_up(**question(NOBODY, "NGUYỄN VĂN MẪU", "1985", "037"))
    assert given(zeep.helpers.serialize_object(reply, dict)) is None, f"{profile}: somebody was found"
    assert later_verification(peer, people[PEOPLE[0]]) is True
    schemas.headers = dict
    try:
        look_up(**question(NOBODY, "NGUYỄN VĂN MẪU", "1985", "037"))
    except zeep.exceptions.Error:
        assert statuses[-1] == 401, f"{profile}: refused with {statuses[-1]}"
    else:
        raise AssertionError(f"{profile}: a call without credentials came in")
    print(f"zeep {profile}: {len(PEOPLE)} people, {schemas.validated} messages valid, 0 wrong")


def main():
    root, address = sys.argv[1:]
    people = records(root)
    session = requests.Session()
    session.trust_env = False
    session.hooks["response"].append(lambda reply, **_: statuses.append(reply.status_code))
    ask(session, address, "direct", "/direct/037", signed, people)
    token = with_token(session, address)
    ask(session, address, "lgsp-soap", "/lgsp/TraCuuThongTinCongDan", lambda: token, people)


main()
