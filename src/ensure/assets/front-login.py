"""Runs nginx, and stands between it and admin when a mail client logs in.

nginx sends user name and password as headers, the bytes from 0x80 on as they are; admin's web server takes those for
Latin-1, and admin, which decodes percent signs as UTF-8, refuses them. So each such byte becomes %XX on its way. The
domain of a user name becomes what admin itself looks up, and dovecot has the mailbox under: xn--...

Where ManageSieve is routed it runs a dovecot for that, too: nginx does not know the protocol.

This is the container's main process. When it or nginx ends the container does, so that neither is left alone.
"""
import asyncio
import os
import pathlib
import re
import resource
import signal
import sys

import idna

ADMIN = sys.argv[1]
PATIENCE = 60  # seconds, as nginx waits
SIEVE = "/etc/dovecot/mailu-sieve.conf"  # there if ManageSieve is routed
CERTIFICATE = ("/etc/dovecot/mailu-certs/tls.crt", "/etc/dovecot/mailu-certs/tls.key")
LOOK_EVERY = 60  # seconds


def percent_encoded(line):
    return re.sub(rb"[\x80-\xff]", lambda byte: b"%%%02X" % byte[0][0], line)


def with_ascii_domain(line):
    """The header line of a user name. One that is no address, or whose domain can't be, is left to admin to refuse."""
    name, at, domain = line.rpartition(b"@")
    try:
        return name + at + idna.encode(domain.decode().lower()) if at and not domain.isascii() else line
    except (UnicodeError, idna.IDNAError):
        return line


def for_admin(request):
    lines = request.split(b"\r\n")
    user = b"auth-user:"
    return b"\r\n".join(
        percent_encoded(with_ascii_domain(line) if line.lower().startswith(user) else line) for line in lines
    )


async def hand_on(reader, writer):
    request = await reader.readuntil(b"\r\n\r\n")
    answers, admin = await asyncio.open_connection(ADMIN, 8080)
    try:
        admin.write(for_admin(request))
        while answer := await answers.read(65536):
            writer.write(answer)
            await writer.drain()
    finally:
        admin.close()


async def serve(reader, writer):
    """Answers one request of nginx's; when that fails it hangs up, as admin would."""
    try:
        await asyncio.wait_for(hand_on(reader, writer), PATIENCE)
    except (OSError, EOFError, asyncio.TimeoutError, asyncio.LimitOverrunError) as error:
        print(f"front-login: asking {ADMIN}: {error or type(error).__name__}", file=sys.stderr, flush=True)
    finally:
        writer.close()


def certificate():
    """What its files hold; None while there are none."""
    try:
        return [pathlib.Path(name).read_bytes() for name in CERTIFICATE]
    except OSError:
        return None


async def serve_sieve():
    """Runs dovecot for ManageSieve as soon as there is a certificate, and has it read a renewed one. Mail goes on without it."""
    dovecot = known = None
    try:
        while True:
            found = certificate()
            if found and (dovecot is None or dovecot.returncode is not None):
                dovecot = await asyncio.create_subprocess_exec("dovecot", "-F", "-c", SIEVE)
            elif found and found != known:
                dovecot.send_signal(signal.SIGHUP)
            elif not found and dovecot is None:
                print(f"front-login: no ManageSieve before there is {CERTIFICATE[0]}", file=sys.stderr, flush=True)
            known = found or known
            await asyncio.sleep(LOOK_EVERY)
    except OSError as error:
        print(f"front-login: no ManageSieve: {error}", file=sys.stderr, flush=True)
    finally:
        if dovecot and dovecot.returncode is None:
            dovecot.terminate()


async def main():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    server = await asyncio.start_server(serve, "127.0.0.1", 8001, backlog=1024)
    nginx = await asyncio.create_subprocess_exec("nginx", "-g", "daemon off;")
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, nginx.send_signal, number)
    tasks = [asyncio.create_task(server.serve_forever()), asyncio.create_task(nginx.wait())]
    sieve = asyncio.create_task(serve_sieve()) if os.path.exists(SIEVE) else None
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    if sieve:
        sieve.cancel()
        await asyncio.wait([sieve])
    if nginx.returncode is None:
        nginx.kill()
    code = nginx.returncode
    os._exit(1 if code is None else code if code >= 0 else 128 - code)


if __name__ == "__main__":
    asyncio.run(main())
