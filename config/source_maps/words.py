"""The words that a map itself gives: what it translates to, and what it takes as the same for all rows."""

from config.source_maps.source_map import AnyMap, SourceMap

WORDS = ("category", "channel", "product")


def known_words(source: AnyMap) -> tuple[tuple[str, str], ...]:
    """(field, word) of the fields that have no fixed words."""
    if not isinstance(source, SourceMap):
        return ()
    given = ((field, getattr(source.state, field)) for field in WORDS)
    return tuple(
        (field, word)
        for field, spec in given
        if spec is not None
        for word in dict.fromkeys((*spec.translate.values(), *([spec.constant] if spec.constant else ())))
    )
