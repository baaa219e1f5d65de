"""The ways from the near to the far namespace that are compared, each a set of ports by service."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field

from line import FAR, receive_exactly, connect

SERVICES = {"echo": 7000, "bulk": 7001, "postgres": 5432, "mariadb": 3306}
SSHD = 22
PASSWORD = "a password of the bench"


@dataclass
class Way:
    name: str
    ports: dict = field(default_factory=dict)
    host: str = "127.0.0.1"
    # Speaks SOCKS5 itself, one message at a time
    socks: bool = False
    # Measured too where a connection stands ready: the pause before each lets it be replaced
    warm: bool = False
    ours: bool = False

    def open(self, service):
        connection = connect((self.host, self.ports[service]))
        if self.socks:
            connection.sendall(b"\x05\x01\x00")
            receive_exactly(connection, 2)
            connection.sendall(b"\x05\x01\x00\x01" + bytes(map(int, FAR.split("."))) + SERVICES[service].to_bytes(2, "big"))
            receive_exactly(connection, 10)
        return connection


class Place:
    """Everything that is started in both namespaces."""

    def __init__(self, line, folder, gateway):
        self.line, self.folder, self.gateway = line, folder, gateway
        self.next_port = 20000
        self.left_out = {}
        os.chmod(folder, 0o755)

    def port(self):
        self.next_port += 1
        return self.next_port

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(text)
        return path

    def targets(self, services):
        """Those that are asked for; echo and bulk are one program."""
        here = os.path.dirname(os.path.abspath(__file__))
        self.line.start("far", ["python3", os.path.join(here, "target.py"), FAR, str(SERVICES["echo"]), str(SERVICES["bulk"])])
        if "postgres" in services:
            self.postgres()
        if "mariadb" in services:
            self.mariadb()
        for service in {"echo", "bulk", *services}:
            self.line.wait_for("far", SERVICES[service])

    def postgres(self):
        programs = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True).stdout.strip() if shutil.which("pg_config") else ""
        found = [folder for folder in (programs, "/usr/lib/postgresql/15/bin") if folder and os.path.exists(folder + "/initdb")]
        if not found:
            raise SystemExit("PostgreSQL's initdb is missing (Debian: postgresql)")
        data = os.path.join(self.folder, "data")
        os.mkdir(data)
        shutil.chown(data, "postgres", "postgres")
        demoted = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run([*demoted, found[0] + "/initdb", "-D", data, "-U", "bench", "--no-sync", "--locale=C", "--auth=trust"], check=True, stdout=subprocess.DEVNULL)
        with open(data + "/pg_hba.conf", "a") as rules:
            rules.write(f"host all all {FAR}/24 trust\n")
        self.line.start("far", [*demoted, found[0] + "/postgres", "-D", data, "-h", FAR, "-k", data, "-c", "fsync=off", "-c", "max_connections=200", "-c", "autovacuum=off"])

    def mariadb(self):
        data = os.path.join(self.folder, "mariadb")
        os.mkdir(data)
        shutil.chown(data, "mysql", "mysql")
        subprocess.run([needed("mariadb-install-db"), "--no-defaults", "--user=mysql", f"--datadir={data}", "--skip-test-db"], check=True, capture_output=True)
        # A client that only listens to the greeting counts as an error of its host
        self.line.start("far", [needed("mariadbd"), "--no-defaults", "--user=mysql", f"--datadir={data}", f"--bind-address={FAR}", f"--port={SERVICES['mariadb']}",
                                f"--socket={data}/socket", "--skip-name-resolve", "--max-connect-errors=1000000000"])

    def sshd(self):
        key = os.path.join(self.folder, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        os.makedirs("/run/sshd", exist_ok=True)
        config = self.write("sshd_config", f"""
ListenAddress {FAR}:{SSHD}
HostKey {key}
AuthorizedKeysFile {key}.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
MaxStartups 500
LogLevel ERROR
PidFile none
""")
        # It wants its whole path
        self.line.start("far", [needed("sshd"), "-D", "-e", "-f", config])
        self.line.wait_for("far", SSHD)

    def ways(self, is_wanted):
        """Starts each that is wanted by its name; direct always is, as everything is compared with it."""
        yield Way("direct", dict(SERVICES), FAR)
        yield from self.forwards(is_wanted)
        peers = {"HAProxy": self.haproxy, "socat": self.socat, "ssh -L": self.ssh, "stunnel + microsocks": self.stunnel,
                 "forward, through microsocks": self.microsocks, "forward, through Dante": self.dante}
        for name, start in peers.items():
            try:
                if is_wanted(name):
                    yield start(name)
            except FileNotFoundError as missing:
                self.left_out[name] = f"{missing.filename} is not installed"

    def forwards(self, is_wanted):
        users = self.write("users", "app:" + subprocess.run([self.gateway, "hash-password"], input=PASSWORD, capture_output=True, text=True, check=True).stdout)
        certificate, key = os.path.join(self.folder, "cert.pem"), os.path.join(self.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=gateway",
                        "-addext", f"subjectAltName=IP:{FAR}", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        open_to_all, logged_in, secured = (self.run_gateway(options) for options in (
            ["--no-auth"], ["--users", users], ["--users", users, "--tls-cert", certificate, "--tls-key", key]))
        for name, url in (("no login", f"socks5://{FAR}:{open_to_all}?"), ("password", f"socks5://app@{FAR}:{logged_in}?"),
                          ("TLS + password", f"socks5+tls://app@{FAR}:{secured}?ca={certificate}&")):
            for how, keys in (("warm", "warm=auto"), ("cold", "warm=0"), *([("one message at a time", "warm=0&pipeline=off")] if name != "no login" else [])):
                if is_wanted(f"forward, {name}, {how}"):
                    yield self.forward(f"forward, {name}, {how}", url + keys, warm=how == "warm")

    def run_gateway(self, options):
        port = self.port()
        self.line.start("far", [self.gateway, "run", "--listen", f"{FAR}:{port}", "--admin", "off", "--log-level", "warning", "--allow", f"{FAR}/32", *options])
        self.line.wait_for("far", port)
        return port

    def forward(self, name, via, warm=False):
        ports = {service: self.port() for service in SERVICES}
        self.line.start("near", [self.gateway, "forward", *(f"{ports[service]}={FAR}:{port}" for service, port in SERVICES.items()), "--via", via, "--quiet"],
                        env={**os.environ, "SOCKS5EGRESS_PASSWORD": PASSWORD})
        for port in ports.values():
            self.line.wait_for("near", port)
        return Way(name, ports, warm=warm, ours=True)

    def haproxy(self, name):
        ports = {service: self.port() for service in SERVICES}
        config = self.write("haproxy.cfg", "defaults\n  mode tcp\n  timeout connect 10s\n  timeout client 1h\n  timeout server 1h\n" + "".join(
            f"listen {service}\n  bind {FAR}:{port}\n  server one {FAR}:{SERVICES[service]}\n" for service, port in ports.items()))
        self.line.start("far", [needed("haproxy"), "-db", "-f", config])
        return self.there(Way(name, ports, FAR))

    def socat(self, name):
        ports = {service: self.port() for service in SERVICES}
        for service, port in ports.items():
            self.line.start("far", [needed("socat"), f"TCP-LISTEN:{port},bind={FAR},fork,reuseaddr,nodelay,backlog=128", f"TCP:{FAR}:{SERVICES[service]},nodelay"])
        return self.there(Way(name, ports, FAR))

    def there(self, way):
        for port in way.ports.values():
            self.line.wait_for("far" if way.host == FAR else "near", port)
        return way

    def ssh(self, name):
        self.sshd()
        ports = {service: self.port() for service in SERVICES}
        key = os.path.join(self.folder, "key")
        forwards = [word for service, port in ports.items() for word in ("-L", f"127.0.0.1:{port}:{FAR}:{SERVICES[service]}")]
        self.line.start("near", [needed("ssh"), "-N", "-i", key, "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "ExitOnForwardFailure=yes",
                                 *forwards, f"root@{FAR}"])
        return self.there(Way(name, ports))

    def run_microsocks(self, address):
        port = self.port()
        self.line.start("far", [needed("microsocks"), "-i", address, "-p", str(port)])
        self.line.wait_for("far", port)
        return port

    def stunnel(self, name):
        inner, outer, local = self.run_microsocks("127.0.0.1"), self.port(), self.port()
        certificate, key = os.path.join(self.folder, "cert.pem"), os.path.join(self.folder, "key.pem")
        common = "foreground = yes\npid =\nsyslog = no\nsocket = l:TCP_NODELAY=1\nsocket = r:TCP_NODELAY=1\n"
        server = self.write("stunnel-far.conf", common + f"[s]\naccept = {FAR}:{outer}\nconnect = 127.0.0.1:{inner}\ncert = {certificate}\nkey = {key}\n")
        client = self.write("stunnel-near.conf", common + f"[c]\nclient = yes\naccept = 127.0.0.1:{local}\nconnect = {FAR}:{outer}\nCAfile = {certificate}\nverifyChain = yes\n")
        self.line.start("far", [needed("stunnel4", "stunnel"), server])
        self.line.wait_for("far", outer)
        self.line.start("near", [needed("stunnel4", "stunnel"), client])
        return self.there(Way(name, {"echo": local, "bulk": local, "mariadb": local}, socks=True))

    def microsocks(self, name):
        return self.forward(name, f"socks5://{FAR}:{self.run_microsocks(FAR)}")

    def dante(self, name):
        port = self.port()
        config = self.write("danted.conf", f"""
logoutput: /dev/null
internal: {FAR} port = {port}
external: {FAR}
socksmethod: none
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
""")
        self.line.start("far", [needed("danted"), "-f", config])
        self.line.wait_for("far", port)
        return self.forward(name, f"socks5://{FAR}:{port}")


def needed(*names):
    for name in names:
        for folder in (None, "/usr/sbin:/usr/bin"):
            if found := shutil.which(name, path=folder):
                return found
    raise FileNotFoundError(2, "missing", names[0])
