"""Tells what DVC makes of projects: their stages, status, graph and list.

Reads a list of {"root", "commit"} from standard input and prints one answer for each, as JSON lines.
"""
import json
import logging
import os
import sys

logging.disable(logging.CRITICAL)

from dvc.commands.dag import _build, _show_dot, _show_mermaid
from dvc.commands.stage import prepare_stages_data
from dvc.dependency import ParamsDependency
from dvc.repo import Repo
from dvc.stage import PipelineStage


def role(out):
    return "metric" if out.metric else "plot" if out.plot else "out"


def describe(stage):
    params = [dep for dep in stage.deps if isinstance(dep, ParamsDependency)]
    deps = [dep for dep in stage.deps if not isinstance(dep, ParamsDependency)]
    return {
        "cmd": stage.cmd,
        "wdir": os.path.relpath(stage.wdir, stage.repo.root_dir),
        "frozen": bool(stage.frozen),
        "always": bool(stage.always_changed),
        "deps": sorted(dep.def_path for dep in deps),
        "params": {dep.def_path: sorted(set(map(str, dep.params))) for dep in params},
        "outs": sorted(
            [out.def_path, role(out), bool(out.use_cache), bool(out.persist), bool(out.can_push), out.remote]
            for out in stage.outs
        ),
        "parametrized": bool(isinstance(stage, PipelineStage) and stage.raw_data.parametrized),
    }


def answer(root, commit):
    os.chdir(root)
    repo = Repo(root)
    if commit:
        repo.commit(force=True)
        repo = Repo(root)
    stages = repo.index.stages
    return {
        "stages": {stage.addressing: describe(stage) for stage in stages},
        "status": repo.status(),
        "dot": sorted(_show_dot(_build(repo)).split("\n")),
        "outs": sorted(_show_dot(_build(repo, outs=True)).split("\n")),
        "collapsed": sorted(_show_dot(_build(repo, collapse_foreach_matrix=True)).split("\n")),
        "mermaid": sorted(line.split('["')[-1] for line in _show_mermaid(_build(repo)).split("\n") if '["' in line),
        "list": prepare_stages_data(stages),
    }


for project in json.load(sys.stdin):
    try:
        result = answer(project["root"], project["commit"])
    except Exception as error:  # what DVC refuses is an answer, too
        result = {"error": type(error).__name__, "message": str(error)}
    print(json.dumps(result))
