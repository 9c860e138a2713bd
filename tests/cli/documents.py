"""Small documents and projects for the command line."""

from pathlib import Path

TICKETS = """\
openapi: 3.0.3
info: {title: Tickets, version: "1"}
servers: [{url: "https://tickets.example.org/api/"}]
paths:
  /tickets/{id}:
    get:
      operationId: getTicket
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: The ticket.}}
"""

LOCKED = """\
openapi: 3.0.3
info: {title: Locked, version: "1"}
servers: [{url: "https://locked.example.org"}]
security: [{office: []}]
paths:
  /rooms:
    get:
      operationId: listRooms
      responses: {"200": {description: All.}}
components:
  securitySchemes:
    office: {type: http, scheme: basic}
"""

TWO_MISTAKES = """\
openapi: 3.0.3
info: {title: Wrong, version: "1"}
servers: [{url: "https://wrong.example.org"}]
paths:
  /a/{id}:
    get:
      operationId: same
      responses: {"200": {$ref: "#/components/responses/Nowhere"}}
  /b:
    get:
      operationId: same
      security: [{nobody: []}]
      responses: {"200": {description: Fine.}}
"""

GATEWAY = """\
name: tickets
apis: {api: {documents: [openapi/tickets.yaml]}}
environments: {dev: {stages: {dev: {}}}, live: {stages: {live: {}}}}
"""


def file(path: Path, text: str) -> Path:
    """Write a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def project(folder: Path, gateway: str = GATEWAY, document: str = TICKETS) -> Path:
    """A project with one document."""
    file(folder / "gateway.yaml", gateway)
    file(folder / "openapi" / "tickets.yaml", document)
    return folder
