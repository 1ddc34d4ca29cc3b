"""Logs: plain lines on stderr with UTC timestamps."""

import logging
import os
import sys
import time

LINE = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s"


def get_logger(name: str) -> logging.Logger:
    """A logger that writes to stderr at the level of the environment's LOG_LEVEL (INFO).

    Asking twice for one name gives the same logger, with one handler. An unknown LOG_LEVEL
    means INFO: a typing error in the environment must not stop a producer.
    """
    logger = logging.getLogger(name)
    level = logging.getLevelNamesMapping().get(os.environ.get("LOG_LEVEL", "INFO").upper())
    logger.setLevel(level or logging.INFO)
    if not logger.handlers:
        formatter = logging.Formatter(LINE, datefmt="%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(formatter)
        logger.addHandler(handler)
        logger.propagate = False
    return logger
