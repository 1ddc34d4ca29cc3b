"""Random streams: one seed, and an independent stream for every purpose."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is drawn for. A number, once given, stays: it decides the world."""

    MARKET = 1
    SECTOR = 2
    OWN_NOISE = 3
    JUMP = 4
    JUMP_SIZE = 5
    DAY_SHAPE = 6
    BREADTH = 7
    ORDER_COUNT = 8
    ORDER = 9
    VIEW = 10
    CASH = 11


def stream(seed: int, purpose: Purpose, index: int = 0) -> np.random.Generator:
    """Return the random stream of one purpose, for example of the orders of account 7.

    Streams are children of the seed, so a new purpose or another account leaves the others as
    they were. PCG64 is named because NumPy may change what `default_rng` stands for.

    Args:
        seed: Seed of the world, 0 or more.
        purpose: What the numbers are for.
        index: Which of several equals, such as the account, counted from 0.
    """
    child = np.random.SeedSequence(seed, spawn_key=(purpose, index))
    return np.random.Generator(np.random.PCG64(child))
