"""Our verdicts against Python's jsonschema: validate.py ROOT INSTANCES."""

import importlib.metadata
import json
import pathlib
import sys

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError


def main() -> int:
    root, instances = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    wrong = schemas = compared = 0
    for folder in ("schemas/forms", "schemas/catalog"):
        for path in sorted((root / folder).iterdir()):
            schemas += 1
            try:
                Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))
            except SchemaError as error:
                wrong += 1
                print(f"jsonschema: {path} is no valid schema: {error.message}", file=sys.stderr)
    formats = FormatChecker(["date"])
    for line in instances.read_text("utf-8").splitlines():
        group = json.loads(line)
        schema = json.loads((root / group["schema"]).read_text("utf-8"))
        validator = Draft202012Validator(schema, format_checker=formats)
        for index, (instance, ours) in enumerate(zip(group["instances"], group["verdicts"], strict=True)):
            compared += 1
            verdict = validator.is_valid(instance)
            if verdict != ours:
                wrong += 1
                if wrong <= 20:
                    print(f"jsonschema: {group['schema']}, instance {index}: {verdict}, ours {ours}", file=sys.stderr)
    version = importlib.metadata.version("jsonschema")
    print(f"jsonschema {version}: {schemas} schemas, {compared} instances, {wrong} wrong")
    return 0 if wrong == 0 and compared > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
