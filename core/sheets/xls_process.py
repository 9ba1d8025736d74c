"""The process that reads an .xls workbook (see `legacy`): a workbook comes in, a line of JSON a row goes out."""

import io
import json
import resource
import sys

from core.sheets.workbook import rows

MEMORY = 192 * 1024 * 1024  # bytes of address space
SECONDS = 10  # of processor


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for row in rows(io.BytesIO(sys.stdin.buffer.read())):
        sys.stdout.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
