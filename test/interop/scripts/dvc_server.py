"""Runs DVC commands one after the other in one process, which saves its start for each of them.

A line of JSON in, {"cwd": ..., "args": [...]}; a line of JSON out, {"code": ..., "stdout": ..., "stderr": ...}.
"""

import json
import os
import sys
import tempfile

answers = os.fdopen(os.dup(1), "w")
requests = os.fdopen(os.dup(0))
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
with tempfile.TemporaryFile("w+b") as out, tempfile.TemporaryFile("w+b") as err:
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    from dvc.cli import main

    for line in requests:
        request = json.loads(line)
        os.chdir(request["cwd"])
        for stream in (out, err):
            stream.seek(0)
            stream.truncate()
        try:
            code = main(request["args"])
        except SystemExit as error:
            code = error.code
        sys.stdout.flush()
        sys.stderr.flush()
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode())
        print(json.dumps({"code": code or 0, "stdout": texts[0], "stderr": texts[1]}), file=answers, flush=True)
