"""One Python driver asks its server which address it sees, and prints the answer.

Arguments: the driver. Environment: HOST PORT (what the driver connects to), NAME (what the certificate must say), CA_FILE,
DB_USER DB_PASSWORD, and for drivers that can be given a socket SOCKS_HOST SOCKS_PORT.
"""
import asyncio
import os
import ssl
import sys

env = os.environ
host, port = env["HOST"], int(env["PORT"])


def dial():
    """A socket through the gateway; PySocks lets the gateway look the name up."""
    import socks
    connection = socks.socksocket()
    connection.set_proxy(socks.SOCKS5, env["SOCKS_HOST"], int(env["SOCKS_PORT"]), rdns=True)
    connection.settimeout(20)
    connection.connect((host, port))
    return connection


def psycopg2():
    import psycopg2 as driver
    # libpq connects to hostaddr, and checks the certificate against host
    with driver.connect(host=env["NAME"], hostaddr=host, port=port, user=env["DB_USER"], password=env["DB_PASSWORD"], dbname="postgres",
                        sslmode=env.get("SSLMODE", "verify-full"), sslrootcert=env["CA_FILE"], connect_timeout=20) as connection:
        with connection.cursor() as cursor:
            cursor.execute("select host(inet_client_addr())")
            return cursor.fetchone()[0]


class NamedContext(ssl.SSLContext):
    """Checks the server's real name, whatever local address is connected to."""

    def wrap_bio(self, incoming, outgoing, server_side=False, server_hostname=None, session=None):
        return super().wrap_bio(incoming, outgoing, server_side, env["NAME"], session)


def asyncpg():
    import asyncpg as driver

    async def ask():
        context = env.get("SSLMODE")
        if not context:
            context = NamedContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(env["CA_FILE"])
        connection = await driver.connect(host=host, port=port, user=env["DB_USER"], password=env["DB_PASSWORD"], database="postgres",
                                          ssl=context, timeout=20)
        try:
            return await connection.fetchval("select host(inet_client_addr())")
        finally:
            await connection.close()

    return asyncio.run(ask())


def pymysql():
    import pymysql as driver
    connection = driver.connect(host=host, port=port, user=env["DB_USER"], password=env["DB_PASSWORD"], ssl_ca=env["CA_FILE"],
                                ssl_verify_cert=True, ssl_verify_identity=True, defer_connect=True)
    connection.connect(sock=dial())
    with connection.cursor() as cursor:
        cursor.execute("select substring_index(user(), '@', -1)")
        return cursor.fetchone()[0]


def redis():
    import redis as driver

    class ThroughGateway(driver.Connection):
        def _connect(self):
            return dial()

    pool = driver.ConnectionPool(connection_class=ThroughGateway, host=host, port=port)
    client = driver.Redis(connection_pool=pool)
    me = client.client_id()
    return next(entry["addr"] for entry in client.client_list() if int(entry["id"]) == me).rsplit(":", 1)[0]


try:
    print({"psycopg2": psycopg2, "asyncpg": asyncpg, "pymysql": pymysql, "redis": redis}[sys.argv[1]]())
except Exception as error:  # whatever a driver throws is its answer
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(1)
