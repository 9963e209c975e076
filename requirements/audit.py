"""Asks whether anything that Payam stands on is known to be vulnerable: audit.py [--strict] FILE…

Ends with 1 when something is, and says what. What could not be asked about is said too, and is a
fault only with --strict: a machine without a network is no vulnerability.
"""

import json
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("pip-audit")
PATIENCE = 120


def main(arguments: list[str]) -> int:
    strict = "--strict" in arguments
    files = [one for one in arguments if one != "--strict"]
    command = [PROGRAM, "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    command += ["--format", "json", *(f"--requirement={file}" for file in files)]
    try:
        asked = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=PATIENCE
        )
        found = json.loads(asked.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError) as error:
        words = asked.stderr.strip().splitlines()[-1:] if isinstance(error, ValueError) else []
        print("The audit could not be made:", *(words or ["nobody answered"]), file=sys.stderr)
        return int(strict)
    vulnerable = [one for one in found if one.get("vulns")]
    for one in vulnerable:
        for fault in one["vulns"]:
            mended = ", ".join(fault["fix_versions"]) or "no version yet"
            print(f"{one['name']} {one['version']}: {fault['id']}, mended in {mended}")
    unknown = [one["name"] for one in found if "skip_reason" in one]
    print(
        f"{len(found)} asked about, {len(vulnerable)} vulnerable, {len(unknown)} not known there."
    )
    if unknown and strict:
        print("Not known there:", ", ".join(unknown), file=sys.stderr)
    return int(bool(vulnerable) or (strict and bool(unknown)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
