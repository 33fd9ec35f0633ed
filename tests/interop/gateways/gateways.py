"""The gateways, with the configurations of docs/guard.md. Only addresses, ports and the paths of files are replaced."""

from caller import HOST
from processes import Process, free_port, listens, program


class Document:
    def __init__(self, path):
        self.text = path.read_text()

    def block(self, mark):
        """The fenced block below a mark."""
        _, found, rest = self.text.partition(f"<!-- {mark} -->\n```")
        if not found:
            raise SystemExit(f"docs/guard.md has no block with the mark {mark}")
        return rest[rest.index("\n") + 1 : rest.index("\n```") + 1]


class Gateway:
    """A running gateway. Subclasses write its configuration and name its command."""

    def __init__(self, folder, document, ports):
        self.home = folder / self.name
        self.home.mkdir()
        self.certificates, self.document = folder, document
        self.port = free_port()
        self.replaced = {
            "127.0.0.1:8001": f"127.0.0.1:{ports['guard']}",
            "127.0.0.1:9000": f"127.0.0.1:{ports['upstream']}",
            "/etc/ssl/api.pem": str(folder / f"{HOST}.pem"),
            "/etc/ssl/api.key": str(folder / f"{HOST}.key"),
        }
        self.ports = ports
        self.process = Process(self.home, *self.command())

    def wait(self):
        self.process.until(f"{self.name} listens", lambda: listens(self.port))

    def shown(self, mark, more, absent=()):
        """A block of the document with its addresses replaced; each of them must be there."""
        text = self.document.block(f"ci: {mark}")
        for shown, real in {**self.replaced, **more}.items():
            if shown in absent:
                continue
            if shown not in text:
                raise SystemExit(f"the block {mark} of docs/guard.md has no {shown}")
            text = text.replace(shown, real)
        return text

    def write(self, name, text):
        path = self.home / name
        path.write_text(text)
        return path


class Nginx(Gateway):
    name = "nginx"

    def command(self):
        site = self.shown("nginx", {"listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl"})
        kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        temporary = " ".join(f"{kind}_temp_path {kind};" for kind in kinds)
        around = f"daemon off; pid nginx.pid; events {{}}\nhttp {{ access_log off; {temporary}\n"
        self.write("nginx.conf", f"{around}{site}}}\n")
        return [program("nginx"), "-p", self.home, "-c", "nginx.conf", "-e", "stderr"]


class Caddy(Gateway):
    name = "caddy"

    def command(self):
        options = f"{{\n\tadmin off\n\tpersist_config off\n\tstorage file_system {self.home}\n"
        options += f"\tdefault_bind 127.0.0.1\n\thttps_port {self.port}\n\tauto_https disable_redirects\n}}\n"
        self.write("Caddyfile", options + self.shown("caddy", {}))
        return [program("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]


class Envoy(Gateway):
    name = "envoy"

    def command(self):
        more = {
            "address: 0.0.0.0, port_value: 443": f"address: 127.0.0.1, port_value: {self.port}",
            "port_value: 8001": f"port_value: {self.ports['guard']}",
            "port_value: 9000": f"port_value: {self.ports['upstream']}",
        }
        self.write("envoy.yaml", self.shown("envoy", more, absent=["127.0.0.1:9000"]))
        alone = ["--disable-hot-restart", "--concurrency", "1"]
        return [program("envoy"), "-c", "envoy.yaml", *alone, "-l", "warning"]


class Haproxy(Gateway):
    name = "haproxy"

    def command(self):
        files = ["/etc/ssl/api.pem", "/etc/ssl/api.key"]
        lua = self.write("guard.lua", self.shown("haproxy guard.lua", {}, absent=["127.0.0.1:9000", *files]))
        more = {
            ":443 ssl": f"127.0.0.1:{self.port} ssl",
            "/etc/haproxy/guard.lua": str(lua),
            "/etc/haproxy/api.pem": str(self.certificates / f"{HOST}.both"),
        }
        self.write("haproxy.cfg", self.shown("haproxy", more, absent=files))
        return [program("haproxy"), "-db", "-f", "haproxy.cfg"]


class Apache(Gateway):
    name = "apache"

    def command(self):
        files = ["/etc/ssl/api.pem", "/etc/ssl/api.key"]
        lua = self.write("guard.lua", self.shown("apache guard.lua", {}, absent=["127.0.0.1:9000", *files]))
        site = self.shown("apache", {"*:443": f"127.0.0.1:{self.port}", "/etc/apache2/guard.lua": str(lua)})
        modules = ["mpm_event", "authz_core", "ssl", "socache_shmcb", "proxy", "proxy_http", "lua"]
        loaded = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules)
        own = f'ServerRoot "{self.home}"\nPidFile apache.pid\nDefaultRuntimeDir .\nErrorLog /dev/stderr\n'
        own += f"ServerName localhost\nListen 127.0.0.1:{self.port}\n"
        self.write("apache.conf", loaded + own + site)
        return [program("apache2"), "-X", "-f", self.home / "apache.conf"]


GATEWAYS = [Nginx, Caddy, Envoy, Haproxy, Apache]
