"""Workers of a pool, each with a connection of its own: ask whether it is there, dial again where it is not, then run a transaction.

Arguments: workers as DRIVER:HOST:PORT. Environment: CA_FILE DB_USER DB_PASSWORD. Each transaction is a line: the worker, the server that ran it, or what it threw.
A connection that is found gone before a transaction has begun is no failure. Ends with standard input.
"""
import os
import random
import sys
import threading
import time

env = os.environ


class Postgres:
    def __init__(self, host, port):
        import psycopg2
        self.connection = psycopg2.connect(host=host, port=port, user=env["DB_USER"], password=env["DB_PASSWORD"], dbname="postgres",
                                           sslmode="require", connect_timeout=20)
        self.connection.autocommit = True

    def ask(self, text):
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchone()[0] if cursor.description else None

    def check(self):
        self.ask("select 1")

    def run(self):
        self.ask("begin")
        server = self.ask("select inet_server_port()")
        time.sleep(0.2)
        self.ask("commit")
        return server


class MariaDb:
    def __init__(self, host, port):
        import pymysql
        self.connection = pymysql.connect(host=host, port=port, user=env["DB_USER"], password=env["DB_PASSWORD"], ssl={"ca": env["CA_FILE"], "check_hostname": False, "verify_mode": "none"})

    def ask(self, text):
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            row = cursor.fetchone()
            return row and row[0]

    def check(self):
        self.ask("select 1")

    def run(self):
        self.ask("begin")
        server = self.ask("select @@port")
        time.sleep(0.2)
        self.ask("commit")
        return server


class Redis:
    def __init__(self, host, port):
        import redis
        self.client = redis.Redis(host=host, port=port, single_connection_client=True)

    def check(self):
        self.client.ping()

    def run(self):
        with self.client.pipeline(transaction=True) as pipe:
            pipe.incr("count")
            pipe.execute()
        time.sleep(0.2)
        return self.client.info("server")["tcp_port"]


drivers = {"postgres": Postgres, "mariadb": MariaDb, "redis": Redis}


def say(worker, what):
    sys.stdout.write(f"{worker} {what}\n")
    sys.stdout.flush()


def work(worker, driver, host, port):
    connection = None
    while True:
        try:
            if connection is not None:
                connection.check()
        except Exception:  # it has ended between two transactions
            connection = None
        try:
            if connection is None:
                connection = drivers[driver](host, port)
            say(worker, connection.run())
        except Exception as error:  # a transaction is lost
            say(worker, f"failed {type(error).__name__}: {error}".replace("\n", " "))
            connection = None
        # Longer than the quiet time, most often
        time.sleep(random.uniform(0.3, 2.5))


for number, argument in enumerate(sys.argv[1:]):
    driver, host, port = argument.split(":")
    threading.Thread(target=work, args=(f"{driver}{number}", driver, host, int(port)), daemon=True).start()
sys.stdin.read()
