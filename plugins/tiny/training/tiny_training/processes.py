"""Data parallelism on one machine: one single-threaded process per core, gloo between them.

Threads inside a process wait for each other at barriers, which is slow on a shared machine.
"""

import os
import subprocess
import sys

import torch
import torch.distributed as dist

PORT = "29511"


def is_worker() -> bool:
    """Whether this process is one of the workers."""
    return "RANK" in os.environ


def launch_workers(count: int) -> int:
    """Run this program ``count`` times as workers; returns the worst exit status."""
    single_thread = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    # Keep freed memory instead of giving it back to the system after every batch.
    keep_memory = {
        "MALLOC_MMAP_THRESHOLD_": str(2**33),
        "MALLOC_TRIM_THRESHOLD_": str(2**34),
    }
    meeting_point = {
        "WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": os.environ.get("MASTER_PORT", PORT),
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    }
    environment = os.environ | single_thread | keep_memory | meeting_point
    command = [sys.executable, "-m", "tiny_training.train", *sys.argv[1:]]
    workers = [
        subprocess.Popen(command, env=environment | {"RANK": str(rank)}) for rank in range(count)
    ]
    return max(worker.wait() for worker in workers)


def join() -> tuple[int, int]:
    """Meet the other workers; returns this one's rank and their number."""
    torch.set_num_threads(1)
    rank, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    dist.init_process_group("gloo", rank=rank, world_size=count)
    return rank, count
