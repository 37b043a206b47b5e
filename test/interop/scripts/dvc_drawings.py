"""Draws graphs as `dvc dag` does: reads a list of {nodes, edges} from the first argument, prints a list of texts."""

import json
import sys

from dvc.dagascii import draw

print(json.dumps([draw(graph["nodes"], graph["edges"]) for graph in json.loads(sys.argv[1])]))
