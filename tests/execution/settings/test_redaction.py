"""What is hidden, what is left alone, and that cleaning is of linear cost and changes nothing else."""

from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.settings.redaction import HIDDEN, NOTHING_KNOWN, Known, hide, hide_text, is_secret_name

SECRET = "s3cr3t/With+Odd%Chars\"and\\quo'tes=="
TOKEN = "arm1-0f0f0f0f0f0f0f0f-deadbeefdeadbeef"
KNOWN = Known({SECRET: "APCA_API_SECRET_KEY", TOKEN: "LIVE_CONFIRM_TOKEN"})


def cleaned(text: str, known: Known = KNOWN) -> str:
    return hide_text(text, known)


@pytest.mark.parametrize("shift", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_known_value_is_found_in_base64_at_any_shift(shift: str, encode: object) -> None:
    data = encode((shift + SECRET + "tail").encode()).decode()  # type: ignore[operator]
    core = base64.b64encode(SECRET.encode()).decode()[4:-4]
    said = cleaned(f"header {data} end")
    assert core not in said
    assert HIDDEN in said
    assert said.startswith("header ")
    assert said.endswith(" end")


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(json.loads(json.dumps(SECRET)), ensure_ascii=False)[1:-1],
        repr(SECRET)[1:-1],
        quote(SECRET, safe=""),
        re.sub("%..", lambda code: code[0].lower(), quote(SECRET, safe="")),
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        SECRET.replace("%", "%%"),
    ],
)
def test_a_known_value_is_found_in_every_spelling(text: str) -> None:
    said = cleaned(f"<{text}>")
    assert "s3cr3t" not in said.lower()
    assert SECRET.encode().hex()[:16] not in said.lower()


@pytest.mark.parametrize("length", range(8, len(TOKEN)))
def test_the_torn_beginning_of_a_known_secret_is_found(length: int) -> None:
    assert cleaned(f'{{"note": "{TOKEN[:length]}') == f'{{"note": "{HIDDEN}'


SHAPES = [
    ("APCA_API_SECRET_KEY=hunter2hunter2", "hunter2"),
    ("export SOME_TOKEN='hunter2 hunter2' && x", "hunter2"),
    ('Environment="LIVE_CONFIRM_TOKEN=hunter2 hunter2" "B=1"', "hunter2"),
    ("# old: SLACK_BOT_TOKEN=hunter2 hunter2", "hunter2"),
    ("MY_PASSWORD = hunter2", "hunter2"),
    ('MY_PASSWORD="torn hunter2', "hunter2"),
    ('{"LIVE_CONFIRM_TOKEN": "hunter2"}', "hunter2"),
    ('{"live_confirm_token": "hunter2', "hunter2"),
    ('"{\\"slack_token\\": \\"hunter2\\"}"', "hunter2"),
    ("{'APCA-API-SECRET-KEY': 'hunter2', 'Accept': '*/*'}", "hunter2"),
    ("APCA-API-KEY-ID: hunter2", "hunter2"),
    ("Authorization: Bearer hunter2", "hunter2"),
    ('"authorization": "Basic hunter2"', "hunter2"),
    ("https://me:hunter2@api.example.com/v2", "hunter2"),
    ("https://hooks.slack.com/services/T0/B0/hunter2", "hunter2"),
    ("https://hc-ping.com/hunter2", "hunter2"),
    ("xoxb-12345-hunter2", "hunter2"),
    ("key PKHUNTER2HUNTER2HUNT in text", "PKHUNTER2"),
    ("arm1-hunter2hunter2 typed", "hunter2"),
    ("SetCredential=anything:hunter2 hunter2", "hunter2"),
    ("line one\\nSECRET_KEY=hunter2\\nline three", "hunter2"),
    ("path\\token=hunter2", "hunter2"),
]


@pytest.mark.parametrize(("text", "secret"), SHAPES, ids=[text[:30] for text, _ in SHAPES])
def test_names_and_shapes_give_an_unknown_secret_away(text: str, secret: str) -> None:
    said = cleaned(text, NOTHING_KNOWN)
    assert secret not in said
    assert HIDDEN in said


@pytest.mark.parametrize(
    "text",
    [
        "Gate mode=DRY_RUN status=FAIL reason=LIVE_CONFIRM_TOKEN mismatch",
        "Gate caps(orders/day=5, positions=5, gross_notional=5000.0, per_symbol=1000.0)",
        '{"client_order_id": "avx-20261120-AAPL-entry-1", "sha256": "0f0f", "status": "PASS"}',
        "APCA_API_SECRET_KEY=(not set): set both halves of the Alpaca key or neither",
        "LIVE_CONFIRM_TOKEN=(secret): write more",
        'APCA_API_SECRET_KEY="[redacted APCA_API_SECRET_KEY sha256:0123456789abcdef]"\\nNEXT=1',
        '{"text": "A_TOKEN=\\"[redacted A_TOKEN sha256:0123456789abcdef]\\"\\nPassEnvironment=LIVE_TRADING"}',
        "PassEnvironment=LIVE_CONFIRM_TOKEN",
        "LoadCredential=alpaca:/etc/credstore/alpaca",
        '{"passed": true, "token": null}',
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert cleaned(text, NOTHING_KNOWN) == text


def test_something_behind_a_mark_is_not_excused_by_it() -> None:
    assert "hunter2" not in cleaned("A_TOKEN=[redacted]hunter2", NOTHING_KNOWN)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_secret_is_gone_whatever_stands_around_it(before: bytes, after: bytes) -> None:
    once = hide(before + SECRET.encode() + after, KNOWN)
    assert SECRET.encode() not in once.data
    assert once.hidden >= 1


ODD = [
    "a",
    "a\\",
    '"',
    "://",
    "token:",
    "A_TOKEN=",
    "A_TOKEN=(secret) ",
    "\"A_TOKEN='",
    'token: "',
    'token: \\"x',
    "arm1-",
]
ODD += ["a=b ", "xoxb-", "SetCredential=", "authorization:", "APCA_API_KEY_ID: ", "A_TOKEN=x ", "#", "\\n"]


@pytest.mark.parametrize("piece", ODD)
def test_a_long_odd_line_costs_no_more_than_its_length(piece: str) -> None:
    """Half a megabyte in one line; a quadratic pattern would need hours."""
    assert hide((piece * (500_000 // len(piece))).encode(), KNOWN).data


def test_nothing_shows_a_secret_by_being_printed() -> None:
    assert SECRET not in repr(KNOWN)


HOOK = "https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/abcdefGHIJKL+1"


@pytest.mark.parametrize(
    "text",
    [
        HOOK,
        json.dumps(HOOK).replace("/", "\\/"),
        HOOK.removeprefix("https://hooks.slack.com"),
        HOOK.removeprefix("https://hooks.slack.com/"),
        f"HTTPSConnectionPool(host='hooks.slack.com', port=443): url: {HOOK.removeprefix('https://hooks.slack.com')}",
        HOOK.encode("utf-16-le").decode("latin-1"),
    ],
    ids=["whole", "slashes escaped", "path", "path bare", "as a client says it", "utf-16"],
)
def test_an_address_is_a_secret_whole_and_by_its_path(text: str) -> None:
    said = cleaned(f"<{text}>", Known({HOOK: "SLACK_WEBHOOK_URL"}))
    assert "GHIJKL" not in said.replace("\0", "") and HIDDEN in said


def test_a_webhook_nobody_knows_is_found_with_escaped_slashes_too() -> None:
    assert "GHIJKL" not in cleaned(json.dumps(HOOK).replace("/", "\\/"))


def test_a_short_path_is_a_word() -> None:
    assert cleaned("asks for /ping now", Known({"https://check.example.com/ping": "HEALTHCHECK_URL"})) == (
        "asks for /ping now"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"{SECRET[:12]}\n{SECRET[12:]}",
        "-beefdeadbeef".join(["deadbeefdeadbeef", ""]),
        "".join(f"%25{ord(one):02x}" for one in TOKEN),
        TOKEN.upper(),
        base64.b32encode(b"x" + TOKEN.encode() + b"y").decode(),
        TOKEN.encode().hex(":"),
        "".join(f"&#{ord(one)};" for one in TOKEN),
        "".join(f"\\x{ord(one):02x}" for one in TOKEN),
    ],
)
def test_a_piece_of_a_secret_is_found_wrapped_and_spelled(text: str) -> None:
    assert HIDDEN in cleaned(f"some {text} words")


def test_a_private_key_is_hidden_whoever_it_belongs_to() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\nhunter2\n-----END OPENSSH PRIVATE KEY-----"
    assert "hunter2" not in cleaned(key, NOTHING_KNOWN)


@pytest.mark.parametrize("path", ["ping/a1b2c3", "a1b2c3d4e"])
def test_a_short_path_of_a_ping_is_found_without_its_host(path: str) -> None:
    known = Known({f"https://ping.example.com/{path}": "HEALTHCHECK_URL"})
    assert path not in hide_text(f"GET /{path} HTTP/1.1", known)


LETTERS = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW/+=="


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "ED25519 "])
@pytest.mark.parametrize("end_of_line", ["\n", "\r\n", "\\n", " "])
def test_a_private_key_in_pem_is_hidden_whole(kind: str, end_of_line: str) -> None:
    lines = [f"-----BEGIN {kind}PRIVATE KEY-----", "DEK-Info: AES-128-CBC,A1B2", LETTERS, LETTERS]
    text = end_of_line.join(["before", *lines, f"-----END {kind}PRIVATE KEY-----", "after"])
    cleaned = hide_text(text, NOTHING_KNOWN)
    assert LETTERS[:12] not in cleaned and "A1B2" not in cleaned
    assert cleaned.startswith("before") and cleaned.endswith("after")
    torn = hide_text(end_of_line.join(lines)[:-9], NOTHING_KNOWN)
    assert LETTERS[:12] not in torn


def test_a_certificate_is_no_secret() -> None:
    text = f"-----BEGIN CERTIFICATE-----\n{LETTERS}\n-----END CERTIFICATE-----\n"
    assert hide_text(text, NOTHING_KNOWN) == text


def test_where_credentials_lie_is_no_secret() -> None:
    """systemd's and the wrapper's word for a folder; its path stood in every unit as a secret that was gone."""
    assert not is_secret_name("CREDENTIALS_DIRECTORY")
