"""Writes the list of what the program consists of (CycloneDX) to dist/ and checks it: `python -m tools.sbom`.

cyclonedx-py makes it from requirements.lock; licences are put in from the installed packages; the schema's own
validator has the last word, then every pin of the lock must be in it with its hashes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.pins import TOP, licence, pins

MAKER = "cyclonedx-bom==7.5.0"
SCHEMA = "1.6"
TARGET = TOP / "dist" / "lusha-enrich.cdx.json"
_VALIDATE = f"""
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V{SCHEMA.replace(".", "_")}).validate_str(open(sys.argv[1], encoding="utf-8").read())
sys.exit(f"not a valid CycloneDX document: {{wrong}}" if wrong else 0)
"""


def main() -> int:
    """0 when the document is written, valid and complete."""
    document = finished(_made())
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", "utf-8")
    _run("python", "-c", _VALIDATE, str(TARGET))
    missing = missing_from(document)
    for line in missing:
        print(line, file=sys.stderr)
    if not missing:
        print(f"{TARGET.relative_to(TOP)}: {len(document['components'])} packages, valid CycloneDX {SCHEMA}")
    return 1 if missing else 0


def _made() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.json"
        lock, project = str(TOP / "requirements.lock"), str(TOP / "pyproject.toml")
        how = ["--mc-type", "application", "--of", "JSON", "--sv", SCHEMA, "--output-reproducible", "-o", str(raw)]
        _run("cyclonedx-py", "requirements", lock, "--pyproject", project, *how)
        made: dict[str, Any] = json.loads(raw.read_text("utf-8"))
    return made


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """With a licence for every package, and without the lock's lines and addresses the maker repeats."""
    for component in document["components"]:
        component.pop("description", None)
        component["hashes"] = component.pop("externalReferences", [{}])[0].get("hashes", [])
        if said := licence(component["name"]):
            component["licenses"] = [{"license": {"name": said}}]
    return document


def missing_from(document: dict[str, Any]) -> list[str]:
    """One line for every pin that is not in the document as the lock has it."""
    there = {
        (found["name"], found["version"]): {entry["content"] for entry in found["hashes"]} for found in document["components"]
    }
    wrong = [pin for pin in pins(TOP / "requirements.lock") if there.get((pin.name, pin.version)) != set(pin.hashes)]
    return [f"{pin.name} {pin.version} is not in the list with its hashes" for pin in wrong]


def _run(*words: str) -> None:
    """A program of the pinned maker, in an environment of its own that uv keeps."""
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run(["uv", "tool", "run", "--quiet", "--from", MAKER, *words], check=True, cwd=TOP, env=quiet)


if __name__ == "__main__":
    sys.exit(main())
