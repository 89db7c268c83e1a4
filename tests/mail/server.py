"""A mail server by aiosmtpd, which shares no line with our client: who signs in by the right account may send.

Prints what happens as JSON lines on standard output: first its port, then each letter as it was understood.

    python server.py starttls|implicit|plain CERTIFICATE KEY USER PASSWORD

How it takes a letter goes by the address before the @: `nobody` is no mailbox, `busy` is asked later, `policy` is refused for
reasons of its own, `cut` ends the connection before the letter, `lost` behind it, and `slow` gets its answer after a minute.
"""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

MODE, CERTIFICATE, KEY, USER, PASSWORD = sys.argv[1:6]
VERDICTS = {
    "nobody": "550 5.1.1 no such mailbox",
    "busy": "451 4.7.1 come later",
    "policy": "554 5.7.1 not from you",
}


def tell(line):
    print(json.dumps(line), flush=True)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local == "cut":
            server.transport.abort()
            return "421 gone"
        if local in VERDICTS:
            return VERDICTS[local]
        if local == "slow":
            await asyncio.sleep(60)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        read = email.message_from_bytes(envelope.content, policy=email.policy.default)
        names = ["From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "Content-Language"]
        tell({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "hello": session.host_name,
            "encrypted": session.ssl is not None or MODE == "implicit",
            "signed_in": bool(session.authenticated),
            "ascii": envelope.content.isascii(),
            "headers": {name: str(read[name]) for name in names},
            "text": read.get_content(),
        })
        if envelope.rcpt_tos[0].startswith("lost@"):
            server.transport.abort()
        return "250 taken"


def authenticator(server, session, envelope, mechanism, data):
    is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=is_right)


def server():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE, KEY)
    offered = {"tls_context": tls, "require_starttls": True} if MODE == "starttls" else {}
    is_required = bool(USER)
    return SMTP(
        Handler(),
        authenticator=authenticator,
        auth_required=is_required,
        auth_require_tls=MODE == "starttls",
        enable_SMTPUTF8=False,
        **offered,
    )


async def main():
    loop = asyncio.get_running_loop()
    tls = None
    if MODE == "implicit":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(CERTIFICATE, KEY)
    listening = await loop.create_server(server, "127.0.0.1", 0, ssl=tls)
    tell({"port": listening.sockets[0].getsockname()[1]})
    # Whoever started it holds its standard input.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
