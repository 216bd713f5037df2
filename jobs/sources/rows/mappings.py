"""Which mapping serves which map."""

from config.source_maps.source_map import AnyMap, OrganisationMap, SourceMap
from jobs.sources.rows.columns import Columns
from jobs.sources.rows.complaint_rows import ComplaintRows
from jobs.sources.rows.mapping import Mapping, Stated
from jobs.sources.rows.organisation_rows import CustomerRows, NamedRows, PersonRows
from jobs.sources.rows.update_rows import UpdateRows


def mapping(source: AnyMap, columns: Columns, stated: Stated) -> Mapping:
    if isinstance(source, SourceMap):
        if source.update:
            return UpdateRows(source, source.update, columns)
        return ComplaintRows(source, columns, stated)
    if not isinstance(source, OrganisationMap):
        raise TypeError(type(source).__name__)
    if source.rows == "customer":
        return CustomerRows(source, columns)
    return PersonRows(source, columns) if source.rows == "person" else NamedRows(source, columns)
