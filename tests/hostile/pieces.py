"""The pieces that hostile requests are put together from."""

SCRIPT = "<script>alert(4711)</script>"
IMAGE = "<img src=x onerror=alert(4711)>"
"""Markup that must never come back as markup."""

# One line for each would be six hundred.
# fmt: off

UNSEEN = (
    *map(chr, (0, 1, 7, 8, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9F)),
    *"\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u061c", *"\ufdd0\ufffe\uffff\U0001fffe\U0010ffff",
    "\ud800", "\udfff", "\udc00\ud800", "\ue000", "\U000e0041", "\U000f0000", "\u0378", "\u200b", "\u3164",
    "\u115f\u1160", "\uffa0", "\u2800", "\u00ad", "\u2060", "\ufeff", "\u180e", "\u200d\u200d", "\u034f",
    "e" + "\u0301" * 40, "\u0323" * 40, "Z\u0338\u0322\u031b\u0335\u0321" * 8, "\u0488" * 9, "\ufe0f" * 12,
    "\r\nSet-Cookie: session=evil", "\n\n.\n", "\r\nBcc: evil@example.org\r\n\r\n", "\r", "\u2028", "\u2029", "\t",
)
"""Characters that do something, or nothing, but are not read."""

NUMBERS = (
    "0", "-1", "1e309", "9" * 5000, "-" + "9" * 40, "0x1", "1_000", "\u0663", "\u00b2", "\u2460", "NaN", "Infinity",
    " 1 ", "1.5", str(2**31 - 1), str(2**31), str(2**63 - 1), str(2**63), str(2**64), "00000000001", "1\n", "true",
    "null", "[]", "{}", "999999999",
)
"""What a program may take for a number."""

DAYS = (
    "0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "-2026-01-01", "2026-11-23T00:00",
    "1900-01-01", "25:61", "00:00", "23:59:59.999999", "02:30", "2027-03-14", "12/31/9999", "1.1.1", "2999-12-31",
    "2100-01-01", "24:00",
)
"""What it may take for a day or a time."""

MAIL = (
    "a@b", '"\x01"@example.com', '"\\\x02"@example.com', "a@[127.0.0.1]", "a@\u0130.com", "a@b.c\r\n",
    "a" * 255 + "@b.example", '"a b"@example.com', '" "@example.com', "a@" + "b." * 100 + "com",
    "\u202eana@example.com", "ana@example.com, b@example.com", "ana@example.com\r\nBcc: b@example.com",
    "ana@example.com\x00", '"\x7f"@[::1]', "ana@xn--n3h.example", "<ana@example.com>", "@",
)
"""What it may take for an address of mail."""

PLACES = (
    "../../../../etc/passwd", "..\\..\\", "/etc/passwd\x00.html", "file:///etc/passwd", "//evil.example/",
    "/\\evil.example", "http://[", "//[::1", "https://evil.example@127.0.0.1/", "/%0d%0aSet-Cookie:x",
    "\\\\evil\\share", "?#;", "/" + "x" * 3000, "https:evil.example", "\thttps://evil.example",
    "https:///evil.example", "javascript:alert(4711)", "/\t/evil.example", "/admin/\r\nx", "causes/../pages/privacy",
    "causes/iron-and-rls\n", "causes/" + "a" * 300, "pages/", "causes/-",
)
"""What it may take for a place to go to."""

MARKUP = (
    SCRIPT, f'">{IMAGE}', f"</textarea></title>{SCRIPT}", "&#0;", "]]>", "<!--", "\u2028<",
    f"[x](javascript:alert(4711)) {IMAGE}", "{{ request.META }}", "{% load static %}", "{% csrf_token %}", "${7*7}",
    "#{7*7}", "<%= %>", "{0.__class__}", "%(x)s%n", "'; DROP TABLE auth_user; --", "1 OR 1=1", "%' UNION SELECT 1 --",
    "\\'", "`", "$$", "/*", "\\x00", "\\u0000", "|id", "$(id)", '=HYPERLINK("http://evil.example")', "@SUM(1)",
    "+1+1", "-2", "\uff1d1+1", "\t=1", "'=1", "; ls", "*)(uid=*",
    "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
)
"""What a program after us may take for an order."""

LONG = (
    "A" * 200, "x" * 100_000, "\U0001f9b5" * 9000, "\n" * 3000, "a" * 501, " " * 5000, "<" * 9000, "&" * 9000,
    "[" * 500, "*_" * 900, "\ufdfa" * 30, "\u0149" * 50, "> " * 2000, "- " * 2000, "|" * 3000, "#" * 3000, "`" * 3000,
    "[@" * 1000, "[[" * 1000, "!!! do\n" * 500, "---\n" * 1000, "---\na: &a [*a]\n---\n", "---\n" + "a: [" * 900,
    "\u0130", "\u00df", "\ufb03", "\u01c5", "\u212a", "\u0345", "\u03a3",
)
"""Too much of something, and letters that change their length."""

NAMES = (
    "__proto__", "constructor", "__class__", "csrfmiddlewaretoken", "id", "pk", "state", "is_superuser", "name[]",
    "name.x",
)
"""Names of fields that mean something elsewhere."""

DISPOSITIONS = (
    'form-data; name="{}"; filename="a.txt"', 'form-data; name="{}"; filename="../../evil"', "form-data; name={}",
    "form-data; name*=utf-8''{}", "form-data; name*=utf-7''+2AA-", 'form-data; filename="x"', "attachment", "",
    "form-data; name=\"{}\"; filename*=idna''x", 'form-data; name="{}"; name="other"', 'form-data; name="{}',
    'form-data; name="{}"' + "; x=y" * 500,
)

PART_HEADERS = (
    "Content-Transfer-Encoding: base64\r\n", "Content-Length: 99999999\r\n", "Content-Length: -1\r\n",
    "X" * 2000 + ": y\r\n", "Content-Type: text/plain; charset=utf-7\r\n",
    "Content-Type: text/plain; charset=\xff\r\n", "no colon\r\n", "", "Content-Type: multipart/mixed; boundary=y\r\n",
)

ENDS = (
    "", "--x", "--x--", "--y--\r\n", "\r\n\r\n--x\r\n\r\n", "--x--\r\n--x\r\n",
)

KINDS = (
    "", "application/json", "text/plain", "text/xml", "application/octet-stream",
    "application/x-www-form-urlencoded; charset=utf-16", "application/x-www-form-urlencoded; charset=utf-7",
    "application/x-www-form-urlencoded; charset=idna", "application/x-www-form-urlencoded; charset=hex",
    "application/x-www-form-urlencoded; charset=no-such", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=x; charset=latin-1", 'multipart/form-data; boundary="x',
    "multipart/mixed; boundary=x", "multipart/form-data; boundary=\xe9", "multipart/form-data; boundary=" + "x" * 300,
    "text/plain; x*=no-such''a", "multipart/form-data; charset*0=he; charset*1=x; boundary=x",
    "a; boundary=x; boundary=y", "APPLICATION/X-WWW-FORM-URLENCODED", "application/x-www-form-urlencoded;;;=",
    "application/x-www-form-urlencoded; charset=UTF-8",
)

BYTES = (
    b"name=\xff\xfe", b"name=%c0%af", b"name=%ed%a0%80", b"name=%u0041&%", b"&&&===;;;", b"name", b"=x",
    b"\x00\x01\x02", b"name=%f8%88%80%80%af", b"name=%e0%80%80", b"name=%f4%90%80%80", b"name=\xc3",
    b"a[b][c]=1&a[]=2", b"\xef\xbb\xbfname=x", b"a=1&" * 49 + b"a=1", b"a=1&" * 50 + b"a=1",
    b"&".join(b"f%d=x" % n for n in range(10_000)), b"x" * 65_536, b"x=" + b"y" * 65_537, b"[" * 10_000,
    b"{" * 10_000, b'{"name": "x"', b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"0\r\n\r\n", b"",
)

HEADERS = (
    "REFERER", "ORIGIN", "USER_AGENT", "ACCEPT", "ACCEPT_LANGUAGE", "ACCEPT_ENCODING", "X_FORWARDED_FOR",
    "X_FORWARDED_PROTO", "X_FORWARDED_HOST", "FORWARDED", "X_REAL_IP", "IF_NONE_MATCH", "IF_MODIFIED_SINCE", "RANGE",
    "X_REQUESTED_WITH", "AUTHORIZATION", "X_HTTP_METHOD_OVERRIDE", "X_ORIGINAL_URL", "X_CSRFTOKEN", "SEC_FETCH_SITE",
    "HOST", "VIA", "DEPTH", "EXPECT", "IF_RANGE",
)

HEADER_VALUES = (
    "bytes=0-0", "bytes=-1", "bytes=9-1", "bytes=0-99999999999999999999", "bytes=a-b", "bytes=0-1,2-3", "bytes=",
    "bytes=--1", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 99999 99:99:99 GMT", "Thu, 01 Jan 0000 00:00:00 GMT",
    "*", '"', 'W/"x", "y', "127.0.0.1", "::1", "::ffff:1.2.3.4", "1.2.3.4, , ,", "999.1.1.1", "fe80::1%eth0",
    "unknown", "http", "https", "null", "http://testserver/", "http://testserver/?from=/causes/iron-and-rls/",
    "http://testserver/?from=/%00/&from=x", "http://[::1", "testserver", "evil.example", "testserver:99999",
    "testserver:x", "[::1]", "[", "a@testserver", "testserver.", ".", "gzip;q=x",
)

COOKIES = (
    'session="\\000\\000\\000\\000\\000\\000\\000\\000\\000"', "session=\xff\xff", "session=" + "a" * 4000,
    "session=; session=x", "=; ;;=", "csrf=x", 'csrf="\\000"', "csrf=" + "a" * 64, "csrf=" + "a" * 32,
    'device="\\012"', "device=a:b:c", "device=::", "device=e30:1:x", "messages=x", "sessionid=evil",
    'session="\\355\\240\\200\\355\\240\\200\\355\\240\\200"', "a" * 4000, "session=" + "." * 60,
)

METHODS = (
    "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "OPTIONS", "HEAD", "PROPFIND", "MKCOL", "M-SEARCH", "GETX", "BREW",
)
