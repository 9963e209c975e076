"""Real mail servers for tests: Dovecot (IMAP, IMAPS, LMTP) and Postfix (SMTP), privately run.

Nothing outside the given folder is touched and every port is one that the system found free.
Postfix wants root; Dovecot runs as whoever starts it. As a process of its own:

    python -m tests.mail_servers [--dir D]

prints one line of JSON (hosts, ports, the certificate, the accounts) when both servers answer and
stops them on SIGTERM, SIGINT or when its standard input ends.
"""

from __future__ import annotations

import argparse
import grp
import imaplib
import json
import os
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import parse_qs, urlsplit

DOMAIN = "example.test"
HOST = "127.0.0.1"
PASSWORD = "correct horse"  # with a blank, so that quoting is exercised
NAMES = ("box", "support", "sales", "ann")
# Dovecot notices a changed list of users a second later at best, so they are all there from the
# beginning; an account's folder is made when it is first used.
ACCOUNTS = 1000
READY_SECONDS = 30.0


@dataclass(frozen=True)
class Mailbox:
    """One account on the test servers."""

    address: str
    password: str = PASSWORD


@dataclass(frozen=True)
class Ports:
    """Where the servers listen on 127.0.0.1.

    smtp takes mail from anybody for the domain, submission wants STARTTLS and a password, smtps
    the same inside TLS. oauth is the provider of tokens: POST /token, GET /tokeninfo.
    """

    imap: int
    imaps: int
    lmtp: int
    sasl: int
    oauth: int
    smtp: int
    submission: int
    smtps: int


@dataclass(frozen=True)
class MailServers:
    """The two running servers. `ca_file` is the certificate that they show for localhost."""

    folder: Path
    ports: Ports
    ca_file: Path
    numbers: Iterator[int]
    host: str = "localhost"

    def mailbox(self, name: str = "box") -> Mailbox:
        """An account that nobody used before. `name` is one of NAMES."""
        if name not in NAMES:
            raise ValueError(f"{name!r} is none of {', '.join(NAMES)}")
        return Mailbox(f"{name}{next(self.numbers)}@{DOMAIN}")

    def deliver(self, recipient: str, raw: bytes, sender: str = f"ann@{DOMAIN}") -> None:
        """Put `raw` into a mailbox by LMTP, byte for byte but for the lines of delivery on top."""
        with smtplib.LMTP(HOST, self.ports.lmtp) as lmtp:
            lmtp.sendmail(sender, [recipient], raw, ["BODY=8BITMIME"])

    def append(
        self, mailbox: Mailbox, raw: bytes, *, at: float | None = None, folder: str = "INBOX"
    ) -> None:
        """Store `raw` by IMAP as it is, with `at` (epoch seconds) as its INTERNALDATE."""
        with self.imap(mailbox) as client:
            date = imaplib.Time2Internaldate(time.time() if at is None else at)
            status, answer = client.append(folder, "", date, raw)
            if status != "OK":
                raise RuntimeError(f"APPEND was refused: {answer!r}")

    @contextmanager
    def imap(self, mailbox: Mailbox) -> Iterator[imaplib.IMAP4]:
        """A signed-in IMAP client, to look at what the server holds."""
        client = imaplib.IMAP4(HOST, self.ports.imap, timeout=READY_SECONDS)
        client.login(mailbox.address, mailbox.password)
        try:
            yield client
        finally:
            client.logout()

    def mails(self, mailbox: Mailbox, folder: str = "INBOX") -> list[bytes]:
        """Everything in the folder, as stored, in order."""
        with self.imap(mailbox) as client:
            client.select(folder, readonly=True)
            _, found = client.search(None, "ALL")
            numbers = found[0].split()
            if not numbers:
                return []
            _, answer = client.fetch(b",".join(numbers).decode(), "(BODY.PEEK[])")
            return [item[1] for item in answer if isinstance(item, tuple)]

    def wait_for_mails(self, mailbox: Mailbox, number: int) -> list[bytes]:
        """Everything in the INBOX, once it holds at least `number` mails."""
        deadline = time.monotonic() + READY_SECONDS
        while len(found := self.mails(mailbox)) < number:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{mailbox.address} holds {len(found)} mails, wanted {number}")
            time.sleep(0.05)
        return found

    def flags(self, mailbox: Mailbox) -> list[bytes]:
        """The flags of everything in the INBOX."""
        with self.imap(mailbox) as client:
            client.select("INBOX", readonly=True)
            _, answer = client.fetch("1:*", "(FLAGS)")
            return [line for line in answer if isinstance(line, bytes)]


def missing() -> str | None:
    """What keeps the servers from running here, or None."""
    if os.getuid() != 0:
        return "Postfix has to be started as root"
    programs = ("/usr/sbin/dovecot", "/usr/sbin/postfix", "openssl")
    absent = [one for one in programs if shutil.which(one) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


def _free_ports(number: int) -> list[int]:
    """Ports that nobody holds now, below those that the system gives to outgoing connections."""
    found: list[int] = []
    candidates = SystemRandom().sample(range(15_000, 32_000), 1000)
    while len(found) < number:
        with socket.socket() as one:
            port = candidates.pop()
            try:
                one.bind((HOST, port))
            except OSError:
                continue
            found.append(port)
    return found


def _make_certificate(folder: Path) -> tuple[Path, Path]:
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return key, certificate


def _dovecot_configuration(folder: Path, ports: Ports, key: Path, certificate: Path) -> str:
    me = pwd.getpwuid(os.getuid())
    group = grp.getgrgid(me.pw_gid).gr_name
    # An ordinary user runs every part as itself; root must hand them to Dovecot's own users.
    users = f"""\
default_internal_user = {me.pw_name}
default_internal_group = {group}
default_login_user = {me.pw_name}
"""
    if me.pw_uid == 0:
        me, users = pwd.getpwnam("dovecot"), ""
        shutil.chown(folder / "home", me.pw_uid)
    return f"""\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = {HOST}
{users}disable_plaintext_auth = no
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
mail_uid = {me.pw_uid}
mail_gid = {me.pw_gid}
first_valid_uid = {me.pw_uid}
first_valid_gid = {me.pw_gid}
mail_home = {folder}/home/%u
mail_location = maildir:~/Maildir
mail_max_userip_connections = 100
recipient_delimiter = +
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
  default_fields = uid={me.pw_uid} gid={me.pw_gid} home={folder}/home/%u
}}
service anvil {{
  chroot =
  # No waiting after a wrong password.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service auth {{
  inet_listener sasl {{
    address = {HOST}
    port = {ports.sasl}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {ports.imap}
  }}
  inet_listener imaps {{
    port = {ports.imaps}
  }}
}}
service lmtp {{
  user = {me.pw_name}
  inet_listener lmtp {{
    address = {HOST}
    port = {ports.lmtp}
  }}
}}
protocol lmtp {{
  postmaster_address = postmaster@{DOMAIN}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
"""


def _postfix_main(folder: Path, ports: Ports, key: Path, certificate: Path) -> str:
    return f"""\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.{DOMAIN}
myorigin = {DOMAIN}
mydestination =
inet_interfaces = {HOST}
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
recipient_delimiter = +
virtual_mailbox_domains = {DOMAIN}
virtual_transport = lmtp:inet:{HOST}:{ports.lmtp}
default_transport = error:5.1.2 no external mail
relay_transport = error:5.1.2 no external mail
alias_maps =
alias_database =
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
smtputf8_enable = yes
message_size_limit = 30000000
smtpd_client_connection_rate_limit = 0
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:{HOST}:{ports.sasl}
smtpd_sasl_security_options = noanonymous
smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
"""


def _postfix_master(ports: Ports) -> str:
    sasl = (
        "  -o smtpd_sasl_auth_enable=yes\n"
        "  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject\n"
        "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n"
    )
    return f"""\
{HOST}:{ports.smtp} inet n - n - - smtpd
{HOST}:{ports.submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=may
  -o smtpd_tls_auth_only=yes
{sasl}{HOST}:{ports.smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
{sasl}cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
tlsmgr    unix  - - n 1000? 1 tlsmgr
"""


@contextmanager
def _dovecot(folder: Path, ports: Ports, key: Path, certificate: Path) -> Iterator[None]:
    for name in ("run", "state", "home"):
        (folder / name).mkdir(parents=True)
    (folder / "oauth2.conf").write_text(
        f"tokeninfo_url = http://{HOST}:{ports.oauth}/tokeninfo?access_token=\n"
        "username_attribute = email\n"
        "username_format = %u\n"
    )
    (folder / "users").write_text(
        "".join(
            f"{name}{number}@{DOMAIN}:{{PLAIN}}{PASSWORD}::::::\n"
            for name in NAMES
            for number in range(1, ACCOUNTS + 1)
        )
    )
    configuration = folder / "dovecot.conf"
    configuration.write_text(_dovecot_configuration(folder, ports, key, certificate))
    with (folder / "start.log").open("wb") as log:
        process = subprocess.Popen(
            ["/usr/sbin/dovecot", "-F", "-c", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        for port, greeting in ((ports.imap, b"* OK"), (ports.lmtp, b"220 ")):
            _wait_for(port, greeting, process, folder)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _postfix(folder: Path, ports: Ports, key: Path, certificate: Path) -> Iterator[None]:
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir(parents=True)
    shutil.chown(folder / "data", "postfix")
    (folder / "etc" / "main.cf").write_text(_postfix_main(folder, ports, key, certificate))
    (folder / "etc" / "master.cf").write_text(_postfix_master(ports))
    command = ["/usr/sbin/postfix", "-c", str(folder / "etc")]
    with (folder / "start.log").open("wb") as log:
        for verb in ("check", "start"):
            subprocess.run(
                [*command, verb], check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
    try:
        for port in (ports.smtp, ports.submission):
            _wait_for(port, b"220 ", None, folder)
        yield
    finally:
        subprocess.run([*command, "abort"], check=False, capture_output=True)


def _wait_for(
    port: int, greeting: bytes, process: subprocess.Popen[bytes] | None, folder: Path
) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with socket.create_connection((HOST, port), timeout=READY_SECONDS) as connection:
                if connection.recv(512).startswith(greeting):
                    return
        except OSError:
            pass
        gone = process is not None and process.poll() is not None
        if gone or time.monotonic() > deadline:
            logs = "\n".join(one.read_text(errors="replace") for one in folder.glob("*.log"))
            raise RuntimeError(f"nothing answers on port {port}\n{logs}")
        time.sleep(0.02)


class _Provider(BaseHTTPRequestHandler):
    """An OAuth provider whose tokens name their owner: "refresh <address>", "access <address>"."""

    def do_POST(self) -> None:
        """Exchange a refresh token (RFC 6749, section 6)."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        refresh = parse_qs(body).get("refresh_token", [""])[0]
        if refresh.startswith("refresh "):
            token = f"access {refresh.removeprefix('refresh ')}"
            self._answer(200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"})
        else:
            self._answer(400, {"error": "invalid_grant"})

    def do_GET(self) -> None:
        """Tell Dovecot whose an access token is."""
        token = parse_qs(urlsplit(self.path).query).get("access_token", [""])[0]
        if token.startswith("access "):
            self._answer(200, {"email": token.removeprefix("access ")})
        else:
            self._answer(401, {"error": "invalid_token"})

    def _answer(self, status: int, said: dict[str, object]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def _provider(port: int) -> Iterator[None]:
    with ThreadingHTTPServer((HOST, port), _Provider) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def running_servers(folder: Path | None = None) -> Iterator[MailServers]:
    """Both servers, up and answering, with everything they own below `folder`.

    Both give up root, so other users must be able to reach the folder; pytest's own temporary
    folders are closed to them. Without a folder a fresh one is made, and removed at the end.
    """
    with ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="payam-mail-")))
            folder.chmod(0o755)
        folder.mkdir(parents=True, exist_ok=True)
        key, certificate = _make_certificate(folder)
        ports = Ports(*_free_ports(8))
        stack.enter_context(_provider(ports.oauth))
        stack.enter_context(_dovecot(folder / "dovecot", ports, key, certificate))
        stack.enter_context(_postfix(folder / "postfix", ports, key, certificate))
        yield MailServers(folder, ports, certificate, count(1))


def client_context(servers: MailServers) -> ssl.SSLContext:
    """A TLS context that trusts the test certificate and nothing else."""
    return ssl.create_default_context(cafile=str(servers.ca_file))


def _main() -> None:
    parser = argparse.ArgumentParser(description="Dovecot and Postfix for a test")
    parser.add_argument("--dir", type=Path, help="an empty folder for all they own")
    parser.add_argument("--boxes", type=int, default=4, help="how many accounts to make")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    folder = arguments.dir.resolve() if arguments.dir else None
    with running_servers(folder) as servers:
        boxes = [servers.mailbox() for _ in range(arguments.boxes)]
        told = {
            "host": servers.host,
            "ports": asdict(servers.ports),
            "ca_file": str(servers.ca_file),
            "boxes": [asdict(box) for box in boxes],
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    _main()
