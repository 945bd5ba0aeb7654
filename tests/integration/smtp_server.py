"""A real mail server (aiosmtpd) on PORT: STARTTLS with CERTIFICATE and KEY, AUTH, one mailbox."""

import asyncio
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Mailbox:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address != "postmaster@test":
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 fine"


def authenticate(server, session, envelope, mechanism, data):
    known = data.login == b"monitor" and data.password == b"sesame"
    return AuthResult(success=known, handled=known)  # else the server answers by itself


async def main(port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(Mailbox(), loop=loop, tls_context=context, authenticator=authenticate)
    server = await loop.create_server(make, "127.0.0.1", port)
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
