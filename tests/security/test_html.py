"""Mail from strangers: what may be shown is shown, nothing acts, nothing loads by itself."""

import re
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.security.css import clean_style
from hub.security.html import MAX_LENGTH, MAX_TAGS, clean_html, with_images

PIXEL = "data:image/png;base64,iVBORw0KGgo="


def test_ordinary_mail_keeps_its_looks() -> None:
    source = (
        '<div dir="rtl" style="font-family:\'B Nazanin\',Tahoma;color:#333">سلام، <b>فاکتور</b>'
        '<table border="1" cellpadding="4"><tr><td bgcolor="#eee">۱۲</td></tr></table>'
        '<ul><li>one</li></ul><blockquote type="cite">quoted</blockquote></div>'
    )
    found = clean_html(source)
    assert found.html == source.replace("<tr>", "<tbody><tr>").replace("</tr>", "</tr></tbody>")
    assert (found.cut, found.plain, found.remote_images) == (False, False, 0)


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<scr<script>ipt>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<svg onload="alert(1)"><script>alert(1)</script></svg>',
        "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
        '<iframe src="https://example.org"></iframe>',
        '<object data="x"></object><embed src="x">',
        '<form action="https://example.org"><input name="password"><button>x</button></form>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href=" java\nscript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<a href="vbscript:x">x</a>',
        '<a href="cid:part">x</a>',
        '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
        '<img src="javascript:alert(1)">',
        '<meta http-equiv="refresh" content="0;url=https://example.org">',
        '<link rel="stylesheet" href="https://example.org/x.css">',
        "<base href='https://example.org'>",
        "<style>body{background:url(https://example.org)}</style>",
        '<p style="background:url(https://example.org/x)">x</p>',
        '<p style="position:fixed;top:0;left:0">x</p>',
        '<p style="width:expression(alert(1))">x</p>',
        '<table background="https://example.org/x"><tr><td background="https://x.org">x</table>',
        '<p id="form" class="button" name="x" onclick="alert(1)">x</p>',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<payam-b onclick=alert(1)>x</payam-b>",
        "<payam-script>alert</payam-script>",
        '<img srcset="https://example.org/x 2x">',
        f'<img {"data-remote-src"}="https://example.org/x">',
        '<video src="https://example.org/x" poster="https://example.org/y"></video>',
    ],
)
def test_what_acts_or_loads_is_gone(source: str) -> None:
    assert_harmless(clean_html(source).html)


class Inspection(HTMLParser):
    """Reads HTML and fails on what must not be there."""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9]*", tag), tag
        assert tag not in {"script", "style", "iframe", "form", "input", "svg", "object", "link"}
        for name, written in attributes:
            value = written or ""
            assert not name.startswith("on"), name
            assert name not in {"class", "id", "name", "background", "srcset", "action", "poster"}
            if name == "href":
                assert re.match(r"(https?|mailto|tel):", value, re.IGNORECASE), value
            if name == "src":
                assert re.match(r"data:image/(png|jpeg|gif|webp);base64,", value), value
            if name == "data-remote-src":
                assert re.match(r"https?:", value, re.IGNORECASE), value
            if name == "style":
                assert not re.search(r"url|expression|position|@|\\|/\*", value), value
        if tag == "a":
            assert dict(attributes)["target"] == "_blank"
            assert "noopener" in (dict(attributes)["rel"] or "")


def assert_harmless(cleaned: str) -> None:
    inspection = Inspection()
    inspection.feed(cleaned)
    inspection.close()


PIECES = st.sampled_from(
    ["<b>", "</b>", "<font color=red>", "</font>", "<p>", "</p>", "<table>", "<td>", "</table>",
     "<a href='https://example.org'>", "</a>", "<img src=https://example.org/x>",
     "<img src='cid:x'>", "<svg>", "</svg>", "<math>", "<mtext>", "<style>", "</style>", "<script>",
     "</script>", "<!--", "-->", "<![CDATA[", "]]>",
     "<p title='", "'>", '"', "<", ">", "&lt;", "\0", "<template>",
     "<plaintext>", "<textarea>", "<select>", "<noscript>", "<payam-b>", "<payam-font style='x'>",
     "<p style='color:red;", "url(x)", " onclick=x ", "<form>", "<mglyph>", "<annotation-xml>"]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_whatever_comes_in_what_comes_out_is_harmless_and_stays_as_it_is(source: str) -> None:
    found = clean_html(source)
    assert_harmless(found.html)
    if "<pre" not in found.html and "style=" not in found.html:
        again = clean_html(re.sub(r" data-(remote-src|cid)=", " src=", found.html)).html
        assert_harmless(again)


def test_links_open_apart_and_tell_nothing() -> None:
    found = clean_html('<a href="//example.org/a?b=1&c=2" target="_self" rel="opener">x</a>').html
    assert 'href="https://example.org/a?b=1&amp;c=2"' in found
    assert 'target="_blank"' in found
    assert 'rel="noopener noreferrer nofollow ugc"' in found


def test_pictures_wait_until_they_may_load() -> None:
    found = clean_html(
        '<img src="https://example.org/pixel.gif?a=1&amp;b=2" width="1">'
        '<img alt="logo" src="cid:Logo%2B1@example.org"><img src="cid:Logo+1@example.org">'
        f'<img src="{PIXEL}"><img src="//example.org/x"><img src="local.png">'
    )
    assert found.remote_images == 2
    assert found.inline_images == ("Logo+1@example.org",)
    assert found.html.count(" src=") == 1
    assert f'src="{PIXEL}"' in found.html

    inline = with_images(found.html, {"Logo+1@example.org": '/files/1?a="b"'})
    assert inline.count('src="/files/1?a=&quot;b&quot;"') == 2
    assert 'src="https' not in inline.replace("data-remote-src", "")

    everything = with_images(found.html, {}, remote=True)
    assert 'src="https://example.org/pixel.gif?a=1&amp;b=2"' in everything
    assert 'src="https://example.org/x"' in everything
    assert 'data-cid="Logo+1@example.org"' in everything


def test_words_that_look_like_pictures_stay_words() -> None:
    source = '<p title="<img src=x>">&lt;img src="https://x"&gt; data-cid="x"</p>'
    found = clean_html(source)
    assert found.remote_images == 0
    assert with_images(found.html, {"x": "/f"}, remote=True) == found.html


def test_a_picture_with_a_hostile_description_does_not_break_out() -> None:
    found = clean_html("""<img alt='"><script>' src='https://x.org/"><script>'>""")
    assert_harmless(found.html)
    assert_harmless(with_images(found.html, {}, remote=False))
    assert "<script" not in with_images(found.html, {}, remote=True)


def test_mail_that_is_too_long_is_cut_and_says_so() -> None:
    found = clean_html("<p>" + "x" * MAX_LENGTH * 2)
    assert found.cut
    assert len(found.html) <= MAX_LENGTH + 100


@pytest.mark.parametrize(
    "source",
    [
        "<div>" * 200_000,
        "<table><td>" * 60_000,
        "<b>" * 300_000,
        "".join(f"<font size={n}>" for n in range(5_000)) + "<div>x</div>" * 14_000,
        "".join(f"<a href=https://x.org/{n}>" for n in range(5_000)) + "<div>x</div>" * 14_000,
    ],
    ids=["div", "table", "b", "font", "a"],
)
def test_a_bomb_costs_little(source: str) -> None:
    found = clean_html(source)
    assert len(found.html) < 2_000_000


def test_unclosed_formatting_does_not_multiply() -> None:
    source = "".join(f"<font size={n}>" for n in range(500)) + "</p><div>x</div>" * 1_000
    assert len(clean_html(f"<p>{source}").html) < 10 * len(source)


def test_mail_with_too_many_tags_is_shown_as_its_words() -> None:
    source = (
        "<head><title>no</title></head><style>p{color:red}</style><script>alert(1)</script>"
        "<p>first &amp; second</p><!-- no -->third<br>&lt;b&gt;" + "<i>" * (MAX_TAGS + 1)
    )
    found = clean_html(source)
    assert found.plain
    assert found.html == "first &amp; second<br>third<br>&lt;b&gt;"


@pytest.mark.parametrize("source", ["", "\0", "\ud800", "<", "</", "&", "<p title=", "\u202e"])
def test_odd_input_is_no_error(source: str) -> None:
    clean_html(source)


def test_no_error_is_hidden_in_the_attribute_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", hidden.append)
    clean_html('<a href="" style="" title="">x</a><img src=""><p style=":;;a:b;color:">x</p>')
    assert hidden == []


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color: RED; COLOR:#fff", "color:RED;color:#fff"),
        ("background: #eee", "background-color:#eee"),
        ("background: rgb(1, 2, 3)", "background-color:rgb(1, 2, 3)"),
        ("margin: 0 auto !important", "margin:0 auto !important"),
        ("font: 12px/1.5 'Segoe UI', sans-serif", "font:12px/1.5 'Segoe UI', sans-serif"),
        ("display:none", "display:none"),
        ("letter-spacing:-0.5px", "letter-spacing:-0.5px"),
        ("background: red url(x)", None),
        ("background:url(x)", None),
        ("color:\\75rl(x)", None),
        ("color:red/**/", None),
        ("width:calc(1px)", None),
        ("color:var(--x)", None),
        ("margin:-10px", None),
        ("margin:0 -10px", None),
        ("text-indent:-.5em", None),
        ("display:fixed", None),
        ("position:absolute", None),
        ('font-family:"a;b:url(x)"', None),
        ("opacity:0", None),
        ("color", None),
        ("", None),
        ("color:red;" * 1_000, None),
    ],
)
def test_styles(style: str, kept: str | None) -> None:
    assert clean_style(style) == kept


@given(st.text())
def test_any_style_is_read(style: str) -> None:
    clean_style(style)
    clean_style(f"color:{style};width:{style}")
