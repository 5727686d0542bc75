"""What the server holds in memory: the invented people by number, the service, the code lists, the units.

Read from the repository's own service-catalog, so that nobody has to keep a second copy in step.
"""

import csv
import json
from collections import Counter

SERVICE = "2.000488"
CODE_LISTS = {"gioi_tinh": "gioi-tinh", "quoc_gia": "quoc-gia", "dan_toc": "dan-toc"}
SURE = {"unchanged", "renamed", "merged"}


def load(root):
    """(people, services, lists); `lists` has a member for every code list and `units`."""
    catalogue = root / "service-catalog"
    files = [read_json(file) for file in (catalogue / "people").glob("*.json")]
    count = Counter(file["number"] for file in files)
    # Nobody's form is filled from one of two records of the same number.
    people = {file["number"]: with_whole_names(file["record"]) for file in files
              if is_plain(file["record"]) and count[file["number"]] == 1}
    service = read_json(catalogue / "province" / f"{SERVICE}.json")
    services = {SERVICE: {"code": SERVICE, "name": service["name"]["vi"], "successor": service["successor"]}}
    lists = {member: {row["code"]: (row["name_vi"], row["use"]) for row in rows(catalogue / "code-lists" / f"{file}.csv")}
             for member, file in CODE_LISTS.items()}
    lists["units"] = units(*(list(rows(catalogue / "administrative-units" / f"{name}.csv"))
                             for name in ("before-2025-07-01", "since-2025-07-01", "changes")))
    return people, services, lists


def is_plain(record):
    """Dead or missing people and contradictory dates are left to a real service: here there is nobody with such a record."""
    return not isinstance(record.get("ngay_sinh"), dict) and record.get("trang_thai_cong_dan") not in ("2", "3")


def with_whole_names(record):
    """Some replies give a name in its parts. Ours reads a record once, when it comes from the register, and so does this."""
    def person(of):
        name = of.get("ho_va_ten")
        if not isinstance(name, dict):
            return of
        return of | {"ho_va_ten": " ".join(name[part] for part in ("ho", "chu_dem", "ten") if name.get(part))}

    return person(record) | {group: person(record[group]) for group in ("cha", "me", "vo_chong") if group in record}


def read_json(file):
    return json.loads(file.read_text(encoding="utf-8"))


def rows(file):
    with file.open(encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text)


def units(before, since, changes):
    """By the codes of an address together, so that codes that do not belong together find nothing.

    The names stand as printed and in capitals, so that nothing has to be done twice for every request.
    """
    converted = successors(changes, since)
    found = {}
    for row in [*before, *since]:
        district = row.get("district_code")
        names = [row["commune_name"], row.get("district_name"), row["province_name"]]
        found[row["province_code"], district, row["commune_code"]] = {
            "tinh": row["province_code"], "huyen": district, "xa": row["commune_code"],
            "names": [(name, name.upper()) for name in names if name is not None],
            "keys": {name.upper() for name in names if name is not None},
            "new_units": converted.get(row["commune_code"]) if district is not None else None,
        }
    return found


def successors(changes, since):
    """What became of every old commune on 1 July 2025: its one sure successor, or those among which an officer chooses."""
    communes = {row["commune_code"]: row for row in since}
    steps = {}
    for row in changes:
        # Rows without an old commune tell of islands and a coast.
        if row["old_commune_code"]:
            steps.setdefault(row["old_commune_code"], []).append(row)
    found = {}
    for old, rows_of_old in steps.items():
        sure = [row for row in rows_of_old if row["kind"] in SURE]
        people = sure or [row for row in rows_of_old if row["kind"] == "split"]
        new = [communes[row["new_commune_code"]] for row in people]
        found[old] = {"tinh": {"value": new[0]["province_code"], "label": new[0]["province_name"]},
                      "xa": [{"value": row["commune_code"], "label": row["commune_name"]} for row in new]}
    return found
