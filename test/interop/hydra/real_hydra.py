"""Answers a batch of questions with the real Hydra, OmegaConf and DVC: JSON on stdin, JSON on stdout."""

import json
import logging
import os
import sys
import tempfile
import warnings

from dvc.utils.cli_parse import to_path_overrides
from dvc.utils.hydra import apply_overrides, compose_and_dump, get_hydra_sweeps
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, Glob, IntervalSweep, QuotedString, Quote, RangeSweep
from omegaconf import OmegaConf

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
PARSER = OverridesParser.create()


def encode(value):
    """Keeps what JSON would lose: kinds of numbers, quotes, kinds of keys."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, QuotedString):
        return {"quoted": value.text, "mark": "'" if value.quote == Quote.single else '"'}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {"map": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, ChoiceSweep):
        rest = {"simple": value.simple_form, "shuffled": value.shuffle, "tags": sorted(value.tags)}
        return {"choice": [encode(item) for item in value.list], **rest}
    if isinstance(value, RangeSweep):
        ends = [encode(end) for end in (value.start, value.stop, value.step)]
        return {"range": ends, "shuffled": value.shuffle, "tags": sorted(value.tags)}
    if isinstance(value, IntervalSweep):
        return {"interval": [encode(value.start), encode(value.end)], "tags": sorted(value.tags)}
    if isinstance(value, Glob):
        return {"glob": [value.include, value.exclude]}
    raise TypeError(type(value).__name__)


def parse(text):
    override = PARSER.parse_overrides([text])[0]
    answer = {"action": override.type.name, "key": override.key_or_group, "package": override.package}
    return {**answer, "hasValue": override.value_type is not None, "value": encode(override._value)}


def sweep(texts):
    return BasicSweeper.split_arguments(PARSER.parse_overrides(texts), None)[0]


def files(typed):
    return [list(map(list, sweep.items())) for sweep in get_hydra_sweeps(to_path_overrides(typed))]


def write(folder, files):
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def compose(case):
    with tempfile.TemporaryDirectory() as folder:
        write(folder, case["files"])
        out = os.path.join(folder, "params.yaml")
        compose_and_dump(out, os.path.join(folder, "conf"), None, case["name"], folder, case["overrides"])
        with open(out, encoding="utf-8") as file:
            return file.read()


def apply(case):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, case["name"])
        if case["text"] is not None:
            write(folder, {case["name"]: case["text"]})
        apply_overrides(path, case["overrides"])
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()


def dump(text):
    return OmegaConf.to_yaml(OmegaConf.create({"value": text, text: 1, "list": [text, [text, {text: text}]]}))


QUESTIONS = {"parse": parse, "sweep": sweep, "files": files, "compose": compose, "apply": apply, "dump": dump}


def answer(kind, case):
    try:
        return {"answer": QUESTIONS[kind](case)}
    except Exception as error:  # every refusal counts, whatever it is called
        return {"error": f"{type(error).__name__}: {error}"}


batch = json.load(sys.stdin)
os.environ["SET"] = "from the environment"
os.environ.pop("UNSET", None)
json.dump([answer(batch["kind"], case) for case in batch["cases"]], sys.stdout)
