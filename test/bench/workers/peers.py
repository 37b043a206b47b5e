"""Does the work of the other workers through another logger, and prints what it took."""

import hashlib
import json
import os
import sys
import time

os.environ["DVCLIVE_LOGLEVEL"] = "ERROR"
os.environ["WANDB_SILENT"] = "true"
os.environ["WANDB_MODE"] = "offline"


class DvcLive:
    def __init__(self, resume=False, report=None):
        from dvclive import Live

        self.live = Live("dvclive", save_dvc_exp=False, dvcyaml=None, resume=resume, report=report)

    def log(self, values, step):
        for name, value in values.items():
            self.live.log_metric(name, value)

    def next_step(self):
        self.live.next_step()

    def end(self):
        self.live.end()


class TensorboardX:
    def __init__(self):
        from tensorboardX import SummaryWriter

        self.writer = SummaryWriter("runs")

    def log(self, values, step):
        for name, value in values.items():
            self.writer.add_scalar(name, value, step)

    def next_step(self):
        pass

    def end(self):
        self.writer.close()


class Wandb:
    def __init__(self):
        import wandb

        self.wandb = wandb
        self.run = wandb.init(project="bench", mode="offline", dir=".")

    def log(self, values, step):
        self.run.log(values)

    def next_step(self):
        pass

    def end(self):
        self.run.finish()


PEERS = {"dvclive": DvcLive, "tensorboardX": TensorboardX, "wandb": Wandb}


def log_points(logger, calls):
    """`calls` points of one series, a step every thousand: nanoseconds a point."""
    start = time.perf_counter()
    for call in range(calls):
        logger.log({"m0": 0.1 + (call * 0.6180339887) % 0.9}, call // 1000)
        if call % 1000 == 999:
            logger.next_step()
    return {"nsPerPoint": (time.perf_counter() - start) / calls * 1e9}


def log_series(logger, series, steps):
    """`series` points a step: nanoseconds a point."""
    names = [f"m{index}" for index in range(series)]
    start = time.perf_counter()
    for step in range(steps):
        for index, name in enumerate(names):
            logger.log({name: 0.1 + (index * 0.6180339887) % 0.9}, step)
        logger.next_step()
    return {"nsPerPoint": (time.perf_counter() - start) / (series * steps) * 1e9}


def step_after(rows, series, steps):
    """A step of a run that has `rows` rows in each of its histories: microseconds of its `next_step` alone."""
    os.makedirs("dvclive/plots/metrics")
    for index in range(series):
        with open(f"dvclive/plots/metrics/m{index}.tsv", "w") as file:
            file.write(f"step\tm{index}\n")
            file.writelines(f"{row}\t{0.1 + (row * 0.6180339887) % 0.9}\n" for row in range(rows))
    with open("dvclive/metrics.json", "w") as file:
        json.dump({**{f"m{index}": 0.5 for index in range(series)}, "step": rows - 1}, file, indent=4)
    logger = DvcLive(resume=True)
    elapsed = 0.0
    for step in range(steps):
        logger.log({f"m{index}": 0.1 + (index * 0.6180339887) % 0.9 for index in range(series)}, step)
        start = time.perf_counter()
        logger.next_step()
        elapsed += time.perf_counter() - start
    return {"usPerStep": elapsed / steps * 1e6}


def train(make, steps, size):
    """A loop of fixed work that logs 20 metrics a step, or nothing: milliseconds a step."""
    data = bytearray(b"\x07" * size)
    logger = make() if make else None

    def work():
        data[0] = hashlib.sha256(data).digest()[0]

    for _ in range(200):
        work()
    start = time.perf_counter()
    for step in range(steps):
        work()
        if logger:
            logger.log({f"{'train' if i % 2 == 0 else 'val'}/m{i // 2}": 1 / (step + i + 1.5) for i in range(20)}, step)
            logger.next_step()
    elapsed = time.perf_counter() - start
    if logger:
        logger.end()
    return {"msPerStep": elapsed / steps * 1e3}


def count_steps(steps):
    """Makes steps of ten metrics; what it did is counted from outside."""
    logger = DvcLive()
    for step in range(steps):
        logger.log({f"m{index}": 0.1 + (index * 0.6180339887) % 0.9 for index in range(10)}, step)
        logger.next_step()
    return {}


def main():
    options = json.loads(sys.argv[1])
    peer, work = options.pop("peer"), options.pop("work")
    make = PEERS.get(peer)
    try:
        if work == "train":
            report = (lambda: DvcLive(report="html")) if peer == "dvclive" else make
            result = train(report, **options)
        elif work == "step_after":
            result = step_after(**options)
        elif work == "count_steps":
            result = count_steps(**options)
        else:
            logger = make()
            result = {"points": log_points, "series": log_series}[work](logger, **options)
            logger.end()
    except ImportError as error:
        result = {"absent": f"{error}"}
    print(json.dumps(result), flush=True)
    # A logger's threads may take their time to end; nobody waits for them here.
    os._exit(0)


main()
