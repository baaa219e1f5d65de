"""psycopg2: one connection for each SSLMODE:PORT of the arguments; prints each with the address that the server sees, or the error. Environment as for query.py."""
import os
import sys

import psycopg2

env = os.environ
for argument in sys.argv[1:]:
    mode, port = argument.split(":")
    try:
        connection = psycopg2.connect(host=env["NAME"], hostaddr=env["HOST"], port=port, user=env["DB_USER"], password=env["DB_PASSWORD"], dbname="postgres",
                                      sslmode=mode, sslrootcert=env["CA_FILE"], connect_timeout=20)
        with connection.cursor() as cursor:
            cursor.execute("select host(inet_client_addr())")
            answer = cursor.fetchone()[0]
        connection.close()
    except psycopg2.Error as error:
        answer = error
    print(argument, str(answer).replace("\n", " "))
