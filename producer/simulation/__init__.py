"""Seeded worlds: prices that walk, agents that trade on them, cash that comes and goes."""

from producer.simulation.config import WorldConfig, WorldConfigError
from producer.simulation.world import KINDS, World, simulate, write_world

__all__ = ["KINDS", "World", "WorldConfig", "WorldConfigError", "simulate", "write_world"]
