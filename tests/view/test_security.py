"""Who is answered: the token, the name the server goes by, where a request comes from, what a page may do."""

import re
from pathlib import Path

import pytest

from magpie_core.view.security import is_loopback

STATIC = Path(__file__).parents[2] / "magpie_core/view/static"
BASE = "http://127.0.0.1:8000"


@pytest.fixture
def client(shared):
    return shared.client()


def test_without_the_token_there_is_no_data(client):
    for token in ("", "wrong", "a-token-for-test"):
        answer = client.post("/api/about", json={}, headers={"x-magpie-token": token})
        assert answer.status_code == 401
        assert "rows" not in answer.text
    assert client.post("/api/about", json={}).status_code == 200


def test_the_token_is_taken_from_nowhere_else(client):
    del client.headers["x-magpie-token"]
    token = "a-token-for-tests"
    assert client.post(f"/api/about?token={token}", json={}).status_code == 401
    client.cookies.set("token", token)
    assert client.post("/api/about", json={}).status_code == 401


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "localhost.evil", "", "10.0.0.7:8000", "a@evil"])  # fmt: skip
def test_a_name_that_somebody_else_may_have_pointed_here_is_refused(client, host):
    for path in ("/", "/static/main.js"):
        assert client.get(path, headers={"host": host}).status_code == 421
    answer = client.post("/api/about", json={}, headers={"host": host, "origin": f"http://{host}"})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST"])
def test_names_of_the_loopback_are_ours(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:9999", None])  # fmt: skip
@pytest.mark.parametrize("path", ["mark", "about", "live", "undo", "renew"])
def test_a_request_from_elsewhere_changes_and_learns_nothing(client, shared, origin, path):
    if origin is None:
        del client.headers["origin"]
    else:
        client.headers["origin"] = origin
    assert client.post(f"/api/{path}", json={"n": 0, "mark": "keep"}).status_code == 403
    assert not (shared.desk.source.path / "tags/marks").exists()


def test_a_browser_s_word_that_it_comes_from_another_site_counts(client):
    answer = client.post("/api/about", json={}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_a_request_that_is_too_long(client):
    answer = client.post("/api/mark", content=b"{" + b" " * 1_000_001)
    assert answer.status_code == 413


def test_every_answer_says_what_a_page_may_do(client):
    answers = [client.get("/"), client.get("/static/main.js"), client.post("/api/about", json={})]
    answers += [
        client.post("/api/about", json={}, headers={"x-magpie-token": ""}),
        client.get("/none"),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        for part in (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'none'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
        ):
            assert part in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/..%2fapp.py"])  # fmt: skip
def test_no_other_file_is_served(client, path):
    assert client.get(path).status_code in (404, 421)


def test_the_page_s_own_files_parse_no_html_and_load_nothing_from_elsewhere():
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|\bon\w+=|style=|https?://(?!www\.w3\.org/2000/svg)"
    )
    for path in STATIC.iterdir():
        assert path.suffix in {".html", ".js", ".css"}
        assert not forbidden.search(path.read_text()), path.name
    page = (STATIC / "index.html").read_text()
    assert all(one.startswith("/static/") for one in re.findall(r'(?:src|href)="([^"]*)"', page))


@pytest.mark.parametrize(("host", "alone"), [("127.0.0.1", True), ("127.0.0.2", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False), ("10.1.2.3", False), ("box", False)])  # fmt: skip
def test_which_addresses_only_this_machine_can_ask(host, alone):
    assert is_loopback(host) is alone
