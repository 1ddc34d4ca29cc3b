"""Seeded worlds: prices that walk, agents that trade on them, cash that comes and goes."""

from producer.simulation.config import WorldConfig, read_world
from producer.simulation.settings import WorldConfigError
from producer.simulation.world import KINDS, World, simulate, write_world

__all__ = [
    "KINDS",
    "World",
    "WorldConfig",
    "WorldConfigError",
    "read_world",
    "simulate",
    "write_world",
]
