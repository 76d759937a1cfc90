"""What is taken for a key, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magpie_core.errors import UsageError
from magpie_core.secrecy import refuse_secrets, struck

KEY = "correct-horse-battery-staple"
LIKE_A_KEY = "sk-" + "Abc123" * 5


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": KEY},
        {"API-Key": KEY},
        {"token": KEY},
        {"hf_token": KEY},
        {"openai_api_key": KEY},
        {"password": KEY},
        {"headers": {"Authorization": KEY}},
        {"extra_body": {"nested": [{"api_key": KEY}]}},
        {"url": f"http://me:{KEY}@host/v1"},
        {"url": [f"https://{KEY}@host/v1"]},
        {"url": f"http://host/v1?key={KEY}"},
        {"url": f"http://host/v1?x=1&api_key={KEY}"},
        {"anything": LIKE_A_KEY},
        {"anything": f"Bearer {KEY}"},
        {"api_key": 123456789012},
        {"api key": KEY},
        {"key_env": LIKE_A_KEY},
        {"headers_env": {"X-Api-Key": LIKE_A_KEY}},
        {"headers": {"X-Auth-Token": KEY}},
        {"headers": {"Proxy-Authorization": f"Basic {KEY}"}},
        {"default_headers": {"Ocp-Apim-Subscription-Key": KEY}},
        {"headers": {"Cookie": f"session={KEY}"}},
        {"headers": ["User-Agent: magpie", f"X-Api-Key: {KEY}"]},
        {"extra_header": "Subscription-Key: abc"},
        {"url": f"https://host/v1?subscription-key={KEY}"},
        {"url": f"https://host/v1?x=1&X-Amz-Signature={KEY}"},
        {"anything": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"},
        {"anything": "nvapi-" + "Abc123" * 5},
    ],
    ids=str,
)
def test_options_that_hold_a_key_are_refused_unseen(options):
    with pytest.raises(UsageError) as caught:
        refuse_secrets(options)
    assert "export" in caught.value.hint
    said = f"{caught.value.message} {caught.value.hint}"
    assert KEY not in said
    assert LIKE_A_KEY not in said


@pytest.mark.parametrize(
    "options",
    [
        {"token": True},
        {"key_env": "MY_KEY", "headers_env": {"X-Api-Key": "MY_OTHER"}},
        {"url": "http://127.0.0.1:8000/v1"},
        {"model": "meta-llama/Llama-3.1-8B-Instruct", "max_tokens": 5},
        {"pad_token": "<pad>", "tokenizer_mode": "auto"},
        {"texts": ["What is a token?", "My password = hard to guess", "a@b.example"]},
        {"columns": {"secret": "text", "key": "text"}},
        {"api_key": ""},
        {"model": "hf_llama_3_1_8b_instruct", "seed": 5},
        {"headers": {"User-Agent": "magpie", "X-Title": "a run"}},
        {"headers": ["User-Agent: magpie", "X-Title: the key of a run"]},
        {},
    ],
    ids=str,
)
def test_what_only_reminds_of_a_key_is_let_through(options):
    refuse_secrets(options)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"at http://me:{KEY}@host:80/v1, no", "at http://***@host:80/v1, no"),
        (f"GET /v1?api_key={KEY}&n=1", "GET /v1?api_key=***&n=1"),
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer ***"),
        (f"no such key: {LIKE_A_KEY}.", "no such key: ***."),
        (f"magpie run --engine-option api_key={KEY} -n 3", None),
        (
            f'is not valid TOML: line 2: `api_key = "{KEY}1"`',
            'is not valid TOML: line 2: `api_key = "***"`',
        ),
        (f"sent x-api-key: {KEY}1, got 401", "sent x-api-key: ***, got 401"),
        (f'{{"Authorization": "Basic {KEY}1"}}', '{"Authorization": "Basic ***"}'),
        ("set HF_HUB_DOWNLOAD_TIMEOUT=30; api_key: expected `str`", "as it is"),
        ("`x` is not KEY=VALUE, max_tokens=3, pad_token=<s>", "as it is"),
        ("https://huggingface.co/a/b@main, user@host", "as it is"),
    ],
)
def test_texts_lose_keys_and_nothing_else(text, left):
    found = struck(text)
    assert KEY not in found
    assert LIKE_A_KEY not in found
    if left is not None:
        assert found == (text if left == "as it is" else left)


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "X_PASSWORD"]
)
def test_what_the_environment_holds_as_a_key_is_struck_out(monkeypatch, name):
    monkeypatch.setenv(name, KEY)
    assert struck(f"said {KEY}!") == "said ***!"


@pytest.mark.parametrize(
    ("name", "value"),
    [("HF_TOKEN", "short"), ("SSH_KEY", "/somewhere/a_key"), ("HF_HOME", "some folder")],
)
def test_what_is_no_key_stays(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert struck(f"said {value}!") == f"said {value}!"


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_struck_and_twice_is_once(text):
    once = struck(text)
    assert struck(once) == once
