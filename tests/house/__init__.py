"""Is what the project says about itself true?"""
