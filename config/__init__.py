class UserError(Exception):
    """The program cannot go on. The text is one sentence for the user: what is wrong and what to do."""
