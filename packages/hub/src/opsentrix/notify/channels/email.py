"""E-mail by SMTP (RFC 5321), with TLS or STARTTLS, as text and HTML, one thread for each incident."""

import asyncio
import html
import socket
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

import aiosmtplib

from opsentrix.notify.channels import Field, Kind, Settings
from opsentrix.notify.colours import colour
from opsentrix.notify.guard import addresses
from opsentrix.notify.messages import Message
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import DeliveryError, Receipt, cut

_ADDRESS = r"[^\s@<>\"(),:;\[\]\\]{1,64}@[A-Za-z0-9._-]{1,253}"
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_PERMANENT = 500


async def _send(message: Message, settings: Settings, outbound: Outbound) -> Receipt:
    mail = _mail(message, settings)
    host, security = settings["host"], settings["security"]
    port = int(settings["port"]) or _PORTS[security]
    connected = await _connected(await addresses(host, port, outbound.reach, outbound.resolve), port, host)
    client = aiosmtplib.SMTP(
        hostname=host, sock=connected, use_tls=security == "tls", start_tls=security == "starttls",
        tls_context=None if security == "none" else outbound.tls, local_hostname=_hub_host(message),
        username=settings["username"] or None, password=settings["password"] or None, timeout=10,
    )  # fmt: skip
    try:
        async with client:
            refused, answer = await client.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise DeliveryError(cut("\n".join(str(one) for one in error.recipients))) from None
    except aiosmtplib.SMTPResponseException as error:
        permanent = error.code >= _PERMANENT and isinstance(error, aiosmtplib.SMTPDataError)
        raise DeliveryError(cut(f"{error.code} {error.message}"), error.code, permanent=permanent) from None
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
        raise DeliveryError(f"{host}: {str(error) or type(error).__name__}.") from None
    except ValueError as error:  # before anything was sent
        connected.close()
        raise DeliveryError(f"{host}: {error}.") from None
    told = "".join(f"\nrefused {one}: {why.code} {why.message}" for one, why in refused.items())
    return Receipt(250, cut(f"250 {answer}{told}"))


async def _connected(found: list[str], port: int, host: str) -> socket.socket:
    """Return a connection to the first of the addresses that answers."""
    loop, last = asyncio.get_running_loop(), ""
    for address in found:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            async with asyncio.timeout(10):
                await loop.sock_connect(connection, (address, port))
        except (OSError, TimeoutError) as error:
            connection.close()
            last = str(error) or "no answer in time"
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise DeliveryError(f"{host} port {port}: {last}.")


def _mail(message: Message, settings: Settings) -> EmailMessage:
    """Return the mail. All mails of an incident name the same message that was never sent: so they are one thread."""
    host = _hub_host(message)
    thread = f"<{message.thread}@{host}>"
    mail = EmailMessage()
    mail["Subject"] = message.subject
    mail["From"] = settings["sender"]
    mail["To"] = ", ".join(settings["recipients"])
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{message.key}@{host}>"
    if message.thread != message.key:
        mail["In-Reply-To"] = mail["References"] = thread
    mail["List-Id"] = f"Opsentrix alerts <alerts.{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    if message.severity == "critical" and not message.over:
        mail["Importance"] = "high"
    mail.set_content(message.text)
    mail.add_alternative(_html(message), subtype="html")
    return mail


def _html(message: Message) -> str:
    lines = "".join(
        f"<p style='margin:4px 0'>{html.escape(line)}</p>"
        for line in message.text.splitlines()
        if line.strip() and line != message.url
    )
    return (
        "<!doctype html><html><body style='margin:0;padding:24px;background:#f4f5f7;"
        "font:15px/1.5 -apple-system,Segoe UI,Roboto,sans-serif;color:#1b1f24'>"
        "<div style='max-width:600px;margin:0 auto;background:#fff;border-radius:8px;padding:20px 24px;"
        f"border-top:4px solid #{colour(message):06x}'>"
        f"<h1 style='font-size:18px;margin:0 0 12px'>{html.escape(message.subject)}</h1>{lines}"
        f"<p style='margin:16px 0 0'><a href='{html.escape(message.url, quote=True)}' style='color:#2563eb'>"
        "Open in Opsentrix</a></p></div></body></html>"
    )


def _hub_host(message: Message) -> str:
    return urlsplit(message.hub_url).hostname or "opsentrix"


def _check(settings: Settings) -> str:
    if settings["password"] and settings["security"] == "none":
        return "A password needs security `starttls` or `tls`: else anybody on the way reads it."
    if bool(settings["password"]) != bool(settings["username"]):
        return "A username needs a password, and a password a username."
    return ""


KIND = Kind(
    "E-mail",
    "Any SMTP server that takes mail from this hub.",
    (
        Field("host", "SMTP server", required=True, destination=True, pattern=r"[A-Za-z0-9._:-]{1,253}"),
        Field("port", "Port", "0: 587 with STARTTLS, 465 with TLS, 25 without.", type="number", default=0,
              destination=True),
        Field("security", "Security", type="choice", default="starttls", choices=("starttls", "tls", "none"),
              destination=True),
        Field("username", "User name", pattern=r"[^\r\n]{1,256}"),
        Field("password", "Password", secret=True),
        Field("sender", "From", required=True, pattern=_ADDRESS),
        Field("recipients", "To", type="list", required=True, pattern=_ADDRESS),
    ),
    _send,
    check=_check,
)  # fmt: skip
