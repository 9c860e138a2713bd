"""Documents by a name in a Region: what getting, listing, patching and deleting them have in common."""

from collections.abc import Callable
from dataclasses import dataclass

from .. import patches
from ..errors import NotFoundError
from ..pages import page
from ..patches import PatchPaths
from ..state import Document, Region

Documents = dict[str, Document]


@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of document. `key` is the request's member that names one, `missing` what AWS says when there is none.

    `shows_tags`: whether one read or changed alone shows its tags even where it has none (recorded for VPC links).
    """

    store: Callable[[Region, Document], Documents]
    key: str
    missing: str
    paths: PatchPaths
    shows_tags: bool = False

    def one(self, region: Region, request: Document) -> Document:
        """The document that a request names."""
        found = self.store(region, request).get(request[self.key])
        if found is None:
            raise NotFoundError(self.missing)
        return found

    def get(self, region: Region, request: Document) -> Document:
        """The document as a Get operation shows it."""
        return self._shown(self.one(region, request))

    def _shown(self, document: Document) -> Document:
        return {"tags": {}, **document} if self.shows_tags else document

    def all(self, region: Region, request: Document) -> Document:
        """A page of them."""
        return page(self.store(region, request).values(), request)

    def update(self, region: Region, request: Document) -> Document:
        """A patched copy takes the document's place."""
        operations = request.get("patchOperations") or []
        patches.check_operations(operations, self.paths.kind)
        changed = patches.apply(self.one(region, request), operations, self.paths)
        self.store(region, request)[request[self.key]] = changed
        return self._shown(changed)

    def delete(self, region: Region, request: Document) -> None:
        """Forget one."""
        self.one(region, request)
        del self.store(region, request)[request[self.key]]
