"""/openapi.json and /docs: derived, valid, and true of what is answered."""

import re
from collections.abc import Iterator

import orjson
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

BASE = "urn:openapi"


@pytest.fixture(scope="module")
def document(served):
    return served.client.get("/openapi.json").json


def _nodes(node) -> Iterator[dict]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, dict | list):
            yield from _nodes(child)


def _check(document, path, method, answer):
    """Hold an answer against the schema that the document gives for it."""
    responses = document["paths"][path][method]["responses"]
    response = responses[str(answer.status_code)]
    if "$ref" in response:
        name = response["$ref"].rpartition("/")[2]
        response = document["components"]["responses"][name]
    schema = response["content"]["application/json"]["schema"]
    whole = Resource(contents=document, specification=DRAFT202012)
    rooted = orjson.loads(orjson.dumps(schema).replace(b'"#/', f'"{BASE}#/'.encode()))
    registry = Registry().with_resource(BASE, whole)
    Draft202012Validator(rooted, registry=registry).validate(answer.json)


def test_every_published_route_is_described(served, document):
    published = {
        (e.path, e.method.lower())
        for s in served.standards
        for d in s.datasets
        for e in d.endpoints
    }

    described = {(p, m) for p, item in document["paths"].items() for m in item}

    assert document["openapi"].startswith("3.1.")
    assert described == published | {("/oauth/token", "post")}


def test_every_reference_leads_somewhere(document):
    references = {n["$ref"] for n in _nodes(document) if isinstance(n.get("$ref"), str)}

    for reference in references:
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
    assert references


def test_every_schema_is_a_schema(document):
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_is_named_once_and_says_who_may_call_it(document):
    operations = [o for item in document["paths"].values() for o in item.values()]
    schemes = set(document["components"]["securitySchemes"])

    names = [operation["operationId"] for operation in operations]

    assert len(names) == len(set(names))
    assert all(set(need) <= schemes for o in operations for need in o["security"])
    assert [o["operationId"] for o in operations if not o["security"]] == ["token"]


@pytest.mark.parametrize("body", [{}, {"page": 99}, {"page": 0}])
def test_answers_to_searches_are_as_described(served, document, body):
    _check(document, "/v1/spic", "post", served.search(body))


def test_other_answers_are_as_described(served, document):
    path = "/v1/spic/dependencias"

    _check(document, path, "get", served.client.get(path, headers=served.headers()))
    _check(document, path, "get", served.client.get(path))
    _check(document, "/oauth/token", "post", served.ask_token())


def test_filters_and_limits_come_from_the_standard(served, document):
    (dataset,) = served.standards[0].datasets
    search = document["paths"]["/v1/spic"]["post"]["requestBody"]
    schema = search["content"]["application/json"]["schema"]["properties"]

    assert set(schema["query"]["properties"]) == {f.name for f in dataset.filters}
    assert set(schema["sort"]["properties"]) == {f.name for f in dataset.sort_fields}
    assert schema["pageSize"]["maximum"] == dataset.max_page_size


def test_page_of_the_explorer_fetches_nothing_from_elsewhere(served):
    page = served.client.get("/docs")
    needed = re.findall(r'(?:src|href)="([^"#]+)"', page.text)

    own = [link for link in needed if not link.startswith("data:")]

    assert all(not re.match(r"\w+:|//", link) for link in own)
    for link in own:
        assert served.client.get(f"/{link}").status_code in {200, 503}
    assert "script-src 'self';" in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]* src=)|style=| on\w+=", page.text)


def test_name_of_the_institution_is_written_as_text(make_served):
    served = make_served(name='<script>alert("x")</script>', count=1)

    page = served.client.get("/docs").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
