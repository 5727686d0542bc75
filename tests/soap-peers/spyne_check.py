"""What the spyne server takes and what it refuses, so that "our client is accepted" means something.

    spyne_check.py ROOT ADDRESS

Sends the samples of the wire protocol, as they are and damaged in one place each. Prints one line; any other answer than
the expected one is an error.
"""

import sys
from pathlib import Path

import requests
from lxml import etree

NAMES = {"soap": "http://schemas.xmlsoap.org/soap/envelope/", "dan": "http://dancuquocgia.bca"}
ONE_NUMBER, SCHEMA = "Client.OneNumber", "Client.SchemaValidationError"


def sample(root, name):
    return etree.parse(str(Path(root) / "tests" / "upstream-samples" / name)).getroot()


def field(envelope, name):
    return envelope.find(f".//dan:{name}", NAMES)


def swapped(envelope, first, second):
    one, other = field(envelope, first), field(envelope, second)
    parent = one.getparent()
    here, there = parent.index(one), parent.index(other)
    parent.remove(one)
    parent.remove(other)
    parent.insert(here, other)
    parent.insert(there, one)


def added(envelope, after, name, text):
    element = etree.Element(f"{{{NAMES['dan']}}}{name}")
    element.text = text
    field(envelope, after).addnext(element)


def without(envelope, name):
    element = field(envelope, name)
    element.getparent().remove(element)


def with_text(envelope, name, text):
    field(envelope, name).text = text


DAMAGE = [
    ("another order", lambda e: swapped(e, "MaDVC", "MaTichHop"), SCHEMA),
    ("name before number", lambda e: swapped(e, "SoDinhDanh", "HoVaTen"), SCHEMA),
    ("unknown element", lambda e: added(e, "HoVaTen", "Khac", "x"), SCHEMA),
    ("no officer", lambda e: without(e, "MaCanBo"), SCHEMA),
    ("no number", lambda e: without(e, "SoDinhDanh"), ONE_NUMBER),
    ("two numbers", lambda e: added(e, "SoDinhDanh", "SoCMND", "999000001"), ONE_NUMBER),
    ("two birth dates", lambda e: added(e, "NgayThangNam", "Nam", "1985"), SCHEMA),
    ("a name with spaces", lambda e: with_text(e, "HoVaTen", "NGUYEN VAN MAU MOT"), SCHEMA),
    ("another service number", lambda e: with_text(e, "MaTichHop", "099"), SCHEMA),
]


def main():
    root, address = sys.argv[1:]
    session = requests.Session()
    session.trust_env = False

    def answer(envelope):
        headers = {"Content-Type": "application/xml; charset=utf-8"}
        reply = session.post(address, data=etree.tostring(envelope), headers=headers, timeout=10)
        return etree.fromstring(reply.content).find("soap:Body", NAMES)

    for name in ("request-037-full-date.xml", "request-037-year-only-cmnd.xml"):
        found = answer(sample(root, name)).findall(".//{http://www.mic.gov.vn/dancu/1.0}CongDan")
        assert len(found) == 1, name
    assert answer(sample(root, "request-033.xml")).findtext(".//dan:TonTai", namespaces=NAMES) == "true"
    refused = 0
    for name in ("request-037-full-date.xml", "request-033.xml"):
        for what, damage, expected in DAMAGE:
            envelope = sample(root, name)
            damage(envelope)
            code = answer(envelope).findtext(".//faultcode")
            assert code is not None and code.endswith(expected), f"{name}, {what}: {code}"
            refused += 1
    print(f"spyne: 3 requests taken, {refused} refused, 0 wrong")


main()
