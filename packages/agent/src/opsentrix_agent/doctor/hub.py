"""Checks of the way to the hub, in the order in which it is gone: each step needs those before it."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from opsentrix_agent import __version__
from opsentrix_agent.certificate import shown_by
from opsentrix_agent.connection import dial, encoded
from opsentrix_agent.doctor.finding import Finding, State
from opsentrix_agent.errors import AgentError
from opsentrix_agent.hubhttp import Answer, ask
from opsentrix_agent.identity import Identity
from opsentrix_agent.proxy import Proxy, proxy_for
from opsentrix_agent.runner import Runner
from opsentrix_agent.runner import State as Ended
from opsentrix_agent.settings import Settings
from opsentrix_agent.tls import client_context, explain, show, verify_problem
from opsentrix_agent.trust import anchor_of, fetch_pinned

STEPS = ("dns", "tcp", "tls", "http", "clock", "credential")
MAX_CLOCK_OFFSET_S = 60.0
"""The hub refuses samples from more than five minutes ahead; a minute off already makes charts hard to compare."""
_EXPIRES_SOON_S = 14 * 86_400
_TRUST = "copy the CA that signed it here and set tls_ca to that file, or add it to the system's authorities"
_SET_CLOCK = "timedatectl set-ntp true"
_FIXES = {
    9: f"{_SET_CLOCK}  (if this machine's clock is behind), or renew it on the hub",
    10: "renew it on the hub",
    62: "set server_url to a name in the certificate, or make one for this name",
    64: "set server_url to a name in the certificate, or make one for this address",
}
"""By OpenSSL's number of the problem (x509_vfy.h)."""


class HubCheck:
    """The steps from the hub's name to an accepted credential."""

    def __init__(
        self,
        server_url: str,
        settings: Settings,
        identity: Identity | None,
        now: Callable[[], float],
        deadline_s: float,
    ) -> None:
        """Take where the hub is, the settings, who we are, Unix seconds, and the seconds that a step may take."""
        parts = urlsplit(server_url)
        self._url = server_url
        self._secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._settings = settings
        self._tls_ca = anchor_of(settings)
        self._shown = shown_by(settings)
        self._identity = identity
        self._now = now
        self._deadline_s = deadline_s
        self._proxy: Proxy | None = None
        self._answer = Answer(0)
        self._asked_at = 0.0

    def findings(self) -> Iterator[Finding]:
        """Yield a finding for each of `STEPS`; those after one that fails are skipped, but a wrong clock stops none."""
        checks = (self._dns, self._tcp, self._tls, self._http, self._clock, self._credential)
        runner = Runner()
        failed = ""
        for what, check in zip(STEPS, checks, strict=True):
            if failed:
                yield Finding(what, State.SKIPPED, f"needs {failed}")
                continue
            [outcome] = runner.run([(what, check)], deadline=self._deadline_s)
            finding = outcome.result
            if outcome.state is Ended.HUNG:
                finding = Finding(what, State.FAIL, f"no answer within {self._deadline_s:g} s", self._slow_fix(what))
            elif finding is None:
                finding = Finding(what, State.FAIL, outcome.error)
            if finding.state is State.FAIL and what != "clock":
                failed = what
            yield finding
        runner.close()

    def _dns(self) -> Finding:
        try:
            self._proxy = proxy_for(self._host, secure=self._secure)
        except AgentError as error:
            return Finding("dns", State.FAIL, str(error), "correct the variable, or name the hub in no_proxy")
        name, port = (self._proxy.host, self._proxy.port) if self._proxy else (self._host, self._port)
        try:
            found = socket.getaddrinfo(encoded(name), port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            why = getattr(error, "strerror", None) or error
            return Finding(
                "dns", State.FAIL, f"{name} is not found: {why}", f"getent hosts {name}; cat /etc/resolv.conf"
            )
        addresses = ", ".join(dict.fromkeys(str(one[4][0]) for one in found))
        whose = "the proxy " if self._proxy else ""
        return Finding("dns", State.OK, addresses if addresses == name else f"{whose}{name} is {addresses}")

    def _tcp(self) -> Finding:
        place = f"{self._host}:{self._port}"
        way = f" through {self._proxy!r}" if self._proxy else ""
        try:
            self._connect().close()
        except ConnectionRefusedError:
            where = f"{self._proxy.host}:{self._proxy.port}" if self._proxy else place
            return Finding("tcp", State.FAIL, f"nothing listens at {where}", self._listen_fix())
        except AgentError as error:
            return Finding(
                "tcp", State.FAIL, f"{place}: {error}", "ask who runs the proxy, or name the hub in no_proxy"
            )
        except OSError as error:
            detail = f"{place}{way} cannot be reached: {error.strerror or error}"
            return Finding("tcp", State.FAIL, detail, self._slow_fix("tcp"))
        return Finding("tcp", State.OK, f"connected to {place}{way}")

    def _tls(self) -> Finding:
        if not self._secure:
            return self._clear()
        try:
            return self._handshake()
        except ssl.SSLCertVerificationError as error:
            return self._bad_certificate(error)
        except ssl.SSLError as error:
            place = f"{self._host}:{self._port}"
            detail = f"{place}: {explain(error)}"
            return Finding("tls", State.FAIL, detail, f"curl -i http://{place}/health  (is it plain http?)")
        except AgentError as error:
            return Finding(
                "tls", State.FAIL, str(error), "correct tls_ca, tls_pin, tls_cert or tls_key in the config file"
            )
        except OSError as error:
            return Finding("tls", State.FAIL, f"the connection broke: {error.strerror or error}", self._slow_fix("tls"))

    def _clear(self) -> Finding:
        if not Settings(server_url=self._url).sends_in_clear():
            return Finding("tls", State.OK, "not needed on this machine's own interface")
        detail = f"{self._url} is not encrypted: credential and samples can be read on the way"
        return Finding("tls", State.WARN, detail, "give the hub a certificate, and set server_url to https")

    def _handshake(self) -> Finding:
        fetch_pinned(self._settings, self._url)
        context = client_context(self._tls_ca)
        if self._shown:
            show(context, *self._shown)
        with self._connect() as plain, context.wrap_socket(plain, server_hostname=encoded(self._host)) as encrypted:
            certificate = encrypted.getpeercert() or {}
            version = encrypted.version()
        left = ssl.cert_time_to_seconds(str(certificate["notAfter"])) - self._now()
        detail = f"{version}, certificate good for {left / 86_400:.0f} days"
        if left < _EXPIRES_SOON_S:
            return Finding("tls", State.WARN, detail, "renew it on the hub")
        return Finding("tls", State.OK, detail)

    def _bad_certificate(self, error: ssl.SSLCertVerificationError) -> Finding:
        problem, fix = verify_problem(error), _FIXES.get(error.verify_code, _TRUST)
        if self._proxy and fix is _TRUST:
            problem += f" ({self._proxy!r} may have put its own in place of the hub's)"
        return Finding("tls", State.FAIL, f"the certificate of {self._host} {problem}", fix)

    def _http(self) -> Finding:
        before = self._now()
        try:
            answer = ask(self._url, "/health", tls_ca=self._tls_ca, shown=self._shown)
        except AgentError as error:
            return Finding("http", State.FAIL, str(error), f"curl -i {self._url}/health")
        self._answer, self._asked_at = answer, (before + self._now()) / 2
        if answer.status == 200 and answer.body.get("status") == "ok":
            version = str(answer.body.get("version", "unknown"))[:40]
            return Finding("http", State.OK, f"the hub is well; its version is {version}, the agent's {__version__}")
        if 300 <= answer.status < 400:
            target = answer.headers.get("location", "elsewhere")[:200]
            return Finding("http", State.FAIL, f"{self._url} redirects to {target}", "set server_url to the final URL")
        if "status" in answer.body:
            detail = f"the hub says that it is {str(answer.body['status'])[:40]} (HTTP {answer.status})"
            return Finding("http", State.FAIL, detail, "opsentrix doctor  (on the hub)")
        detail = f"{self._url} answers HTTP {answer.status}, but not as a hub does"
        return Finding("http", State.FAIL, detail, f"curl -i {self._url}/health  (is server_url right?)")

    def _clock(self) -> Finding:
        # The Date header has whole seconds, cut off: the middle of its second is the best guess.
        try:
            dated = parsedate_to_datetime(self._answer.headers.get("date", ""))
            offset = self._asked_at - dated.astimezone(timezone.utc).timestamp() - 0.5
        except (ValueError, OverflowError):
            return Finding("clock", State.WARN, "the hub does not tell its time")
        if abs(offset) <= MAX_CLOCK_OFFSET_S:
            return Finding("clock", State.OK, f"within {max(1.0, abs(offset)):.0f} s of the hub's")
        direction = "ahead of" if offset > 0 else "behind"
        return Finding("clock", State.FAIL, f"{abs(offset):.0f} s {direction} the hub's", _SET_CLOCK)

    def _credential(self) -> Finding:
        if self._identity is None:
            return Finding("credential", State.SKIPPED, "needs identity")
        answer = self._prove(self._identity.credential)
        if answer.status == 401 and self._identity.previous_credential:
            answer = self._prove(self._identity.previous_credential)
        if answer.status in {204, 422}:
            return Finding("credential", State.OK, f"the hub knows agent {self._identity.agent_id}")
        if answer.headers.get("opsentrix-refusal") == "pending":
            detail = "nobody has approved this agent yet; what it samples waits"
            return Finding("credential", State.WARN, detail, f"approve it: {self._url}/dashboard/agents")
        if answer.status in {401, 403, 404}:
            fix = f"opsentrix-agent enroll --force --server {self._url} --token-file FILE"
            says = f": {answer.detail()}" if answer.detail() else ""
            return Finding("credential", State.FAIL, f"the hub refuses it (HTTP {answer.status}){says}", fix)
        return Finding("credential", State.WARN, f"cannot tell: the hub answers HTTP {answer.status}")

    def _prove(self, credential: str) -> Answer:
        # The hub knows no such status, so nothing changes there; but it looks at the credential first.
        path = f"/api/v1/agents/{self._identity.agent_id if self._identity else 0}/heartbeat"
        body = {"status": "checking"}
        return ask(self._url, path, bearer=credential, body=body, tls_ca=self._tls_ca, shown=self._shown)

    def _connect(self) -> socket.socket:
        return dial(self._host, self._port, self._proxy, time.monotonic() + self._deadline_s)

    def _listen_fix(self) -> str:
        if self._proxy:
            return "correct https_proxy or http_proxy, or name the hub in no_proxy"
        return "systemctl status opsentrix-hub  (on the hub; is server_url right, and OPSENTRIX_HOST on the hub?)"

    def _slow_fix(self, what: str) -> str:
        if what == "dns":
            return f"getent hosts {self._host}; cat /etc/resolv.conf"
        if what == "tcp":
            return f"ip route get {self._host}; let port {self._port} through firewalls and security groups"
        return f"curl -sv -m 20 {self._url}/health  (the hub may be overloaded)"
