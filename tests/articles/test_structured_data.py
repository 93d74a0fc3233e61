"""What machines are told stands inside the page and cannot end the element it stands in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlsinfo.articles.structured_data import as_json


@pytest.mark.parametrize("text", ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "a & b", "\u2028"])
def test_no_text_ends_the_element_and_every_text_is_read_back(text):
    written = as_json([{"name": text}])

    assert not set("<>&") & set(written)
    assert json.loads(written)["@graph"] == [{"name": text}]


@given(st.text())
def test_any_text_is_read_back(text):
    written = as_json([{text: [text]}])

    assert not set("<>&") & set(written)
    assert json.loads(written)["@graph"] == [{text: [text]}]
