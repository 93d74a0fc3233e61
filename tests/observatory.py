"""The score that Mozilla's observatory gives an answer, reckoned by hand: algorithm 6, its twelve tests.

It begins at 100. Penalties count always, bonuses only while 90 or more are left without them. The five points for
standing on the preload list of browsers are never given here: no test can put the site on it.
"""

from collections import Counter
from collections.abc import Mapping
from email.message import Message
from urllib.parse import urlsplit

from justhtml import JustHTML

BROAD = {"*", "http:", "https:", "ftp:", "http://*", "https://*"}
INLINE = {"'unsafe-inline'", "data:"}
SIX_MONTHS = 15_552_000
NEEDED_FOR_BONUSES = 90

Points = Mapping[str, int]


def score(points: Points) -> int:
    """The sum of all tests, as the observatory makes it."""
    penalised = 100 + sum(min(each, 0) for each in points.values())
    bonuses = sum(max(each, 0) for each in points.values()) if penalised >= NEEDED_FOR_BONUSES else 0
    return max(penalised + bonuses, 0)


def points(sent: Message, text: str, *, from_plain_http: str = "") -> Points:
    """What each test gives an answer over https; `from_plain_http` is where http://clinic.example leads."""
    policies = sent.get_all("Content-Security-Policy", [])
    return {
        "content security policy": _policy(policies),
        "cookies": _cookies(sent.get_all("Set-Cookie", []), has_hsts=_hsts(sent) == 0),
        "embedder": _named(sent, "Cross-Origin-Embedder-Policy", {"require-corp": 10, "credentialless": 10}),
        "opener": _named(sent, "Cross-Origin-Opener-Policy", {"same-origin": 10, "same-origin-allow-popups": 10}),
        "resource": _named(
            sent, "Cross-Origin-Resource-Policy", {"same-origin": 10, "same-site": 10, "cross-origin": 0}
        ),
        "sharing": -50 if "true" in sent.get("Access-Control-Allow-Credentials", "") else 0,
        "redirection": _redirection(from_plain_http),
        "referrer": _referrer(sent),
        "strict transport": _hsts(sent),
        "integrity": _integrity(text) if sent.get_content_type() == "text/html" else 0,
        "sniffing": 0 if sent["X-Content-Type-Options"] == "nosniff" else -5,
        "framing": _framing(sent, policies),
    }


def _directives(policies: list[str]) -> list[tuple[str, list[str]]]:
    parts = [part.split() for policy in policies for part in policy.split(";") if part.strip()]
    return [(name.lower(), sources) for name, *sources in parts]


def _policy(policies: list[str]) -> int:
    directives = _directives(policies)
    if not directives:
        return -25
    policy = dict(directives)
    default = policy.get("default-src", ["*"])
    scripts, styles, objects = (policy.get(name, default) for name in ("script-src", "style-src", "object-src"))
    passive = [source for name in ("img-src", "media-src") for source in policy.get(name, default)]
    active = [source for name, sources in directives if name not in {"img-src", "media-src"} for source in sources]
    if set(scripts) & (BROAD | INLINE) or set(objects) & BROAD:
        return -20
    if any(source.startswith(("http:", "ftp:")) for source in active):
        return -20
    if "'unsafe-eval'" in (*scripts, *styles) or any(source.startswith(("http:", "ftp:")) for source in passive):
        return -10
    if set(styles) & (BROAD | INLINE) or max(Counter(name for name, _ in directives).values()) > 1:
        return 0
    return 10 if default == ["'none'"] else 5


def _cookies(cookies: list[str], *, has_hsts: bool) -> int:
    if not cookies:
        return 0
    return min(_cookie(cookie, has_hsts=has_hsts) for cookie in cookies)


def _cookie(cookie: str, *, has_hsts: bool) -> int:
    first, *rest = (part.strip() for part in cookie.split(";"))
    name = first.partition("=")[0].lower()
    flags = {flag.lower(): value.lower() for flag, _, value in (part.partition("=") for part in rest)}
    is_session = "sess" in name or "login" in name
    same_site = flags.get("samesite")
    worst = 5 if same_site else 0
    if same_site is not None and same_site not in {"lax", "strict", "none"}:
        worst = -20
    if "csrf" in name and not same_site:
        worst = -20
    if "secure" not in flags:
        worst = min(worst, (-10 if is_session else -5) if has_hsts else (-40 if is_session else -20))
    if is_session and "httponly" not in flags:
        worst = min(worst, -30)
    return worst


def _named(sent: Message, header: str, values: Mapping[str, int]) -> int:
    """Points by the value of a header; nothing where it is missing, a penalty where it says what no browser knows."""
    written = sent.get_all(header, [])
    if not written:
        return 0
    return (values | {"unsafe-none": 0}).get(written[0], -5) if len(written) == 1 else -5


def _redirection(target: str) -> int:
    if not target:
        return -20
    to = urlsplit(target)
    if to.scheme != "https":
        return -20
    return 0 if to.hostname == "clinic.example" else -5


def _referrer(sent: Message) -> int:
    policy = sent["Referrer-Policy"]
    if policy is None:
        return 0
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    return 5 if policy in private else -5


def _hsts(sent: Message) -> int:
    written = sent.get_all("Strict-Transport-Security", [])
    ages = [
        int(part.partition("=")[2])
        for part in (written[0].split(";") if len(written) == 1 else [])
        if part.strip().startswith("max-age=")
    ]
    if len(ages) != 1:
        return -20
    return 0 if ages[0] >= SIX_MONTHS else -10


def _integrity(text: str) -> int:
    scripts = [script.attrs for script in JustHTML(text, sanitize=False).query("script[src]")]
    foreign = [each for each in scripts if not each["src"].startswith("/") or each["src"].startswith("//")]
    if any("integrity" not in each for each in foreign):
        return -50 if any(not each["src"].startswith("https:") for each in foreign) else -5
    return 5 if scripts and all("integrity" in each for each in scripts) else 0


def _framing(sent: Message, policies: list[str]) -> int:
    if "frame-ancestors" in dict(_directives(policies)):
        return 5
    return 0 if sent["X-Frame-Options"] in {"DENY", "SAMEORIGIN"} else -20
