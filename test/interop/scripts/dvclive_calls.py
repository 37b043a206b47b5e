"""Makes the logger calls of a JSON file with the real DVCLive, in the working directory."""

import json
import sys

from dvclive import Live


def value(data):
    if isinstance(data, dict) and "float" in data:
        return float(data["float"])
    if isinstance(data, dict) and "int" in data:
        return int(data["int"])
    if isinstance(data, list):
        return [value(item) for item in data]
    if isinstance(data, dict):
        return {key: value(item) for key, item in data.items()}
    return data


with open(sys.argv[1], encoding="utf-8") as file:
    runs = json.load(file)

for run in runs:
    live = Live("dvclive", resume=run["resume"], save_dvc_exp=False)
    for call in run["calls"]:
        kind = call["call"]
        if kind == "metric":
            live.log_metric(call["name"], value(call["value"]), plot=call["plot"])
        elif kind == "param":
            live.log_param(call["name"], value(call["value"]))
        elif kind == "plot":
            live.log_plot(call["name"], value(call["rows"]), x="x", y=call["y"], template=call["template"], title=call["title"])
        elif kind == "sklearn":
            live.log_sklearn_plot(call["kind"], call["labels"], value(call["scores"]), name=call["name"])
        elif kind == "artifact":
            live.log_artifact(call["path"], type="model", name=call["name"], labels=call["labels"], cache=False)
        elif kind == "step":
            live.next_step()
        elif kind == "setstep":
            live.step = call["step"]
    live.end()
