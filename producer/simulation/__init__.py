"""Seeded worlds: prices that walk, agents that trade on them, cash that comes and goes."""
