"""Lists of people edited inside a wizard's step or a member's space: one engine, which knows no domain.

A portal declares a `RowSet` per list, includes its `urls()` under the address of the page that shows the list, puts
`rowset.context(owner, request)` in that page's context and `{% include "rows/table.html" %}` in its template.
"""

from core.rows.parts import Action, Column, Elsewhere, Filter
from core.rows.rowset import RowSet

__all__ = ["Action", "Column", "Elsewhere", "Filter", "RowSet"]
