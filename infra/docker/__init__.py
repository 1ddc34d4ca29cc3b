"""The image, and the checks of health of what runs in it."""
