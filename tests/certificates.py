"""Makes the certificates of the tests with openssl: an authority to trust, and servers that pass or fail a check."""
import os
import subprocess

LEAVES = {
    # Each: its authority, its names, its validity.
    "right": ("trusted", "IP:127.0.0.1,DNS:localhost", None),
    "expired": ("trusted", "IP:127.0.0.1,DNS:localhost", ("20200101000000Z", "20210101000000Z")),
    "early": ("trusted", "IP:127.0.0.1,DNS:localhost", ("20900101000000Z", "20910101000000Z")),
    "wrong_host": ("trusted", "IP:127.0.0.2,DNS:elsewhere.invalid", None),
    "unknown_issuer": ("stranger", "IP:127.0.0.1,DNS:localhost", None),
}
# What only the tests of connections need: authority, names, validity, purpose.
NAMES = "subjectAltName=IP:127.0.0.1,DNS:localhost"
PAST = ("20200101000000Z", "20210101000000Z")
MORE = {
    "no_names": ("trusted", "", None, "serverAuth"),
    "not_server": ("trusted", NAMES, None, "clientAuth"),
    "client": ("clients", "", None, "clientAuth"),
    "client_expired": ("clients", "", PAST, "clientAuth"),
    "client_stranger": ("stranger", "", None, "clientAuth"),
}
# Certificates that are their own issuer, as an authority or not.
SELF_SIGNED = {"self_signed": "CA:FALSE", "self_signed_authority": "CA:TRUE"}
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
CONFIGURATION = """
[ca]
default_ca = tests
[tests]
database = {where}/{name}.database
new_certs_dir = {where}
certificate = {where}/{name}.pem
private_key = {where}/{name}.key
rand_serial = yes
default_md = sha256
default_days = 30
unique_subject = no
policy = policy
[policy]
commonName = supplied
"""


def openssl(where, *arguments):
    done = subprocess.run(["openssl", *arguments], cwd=where, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise RuntimeError("openssl %s: %s" % (" ".join(arguments), done.stdout))


def write(where, name, text):
    with open(os.path.join(where, name), "w", encoding="ascii") as file:
        file.write(text)


def read(where, name):
    with open(os.path.join(where, name), encoding="ascii") as file:
        return file.read()


def authority(where, name):
    openssl(where, "req", "-x509", *NEW_KEY, "-keyout", name + ".key", "-out", name + ".pem", "-days", "30",
            "-subj", "/CN=" + name, "-addext", "basicConstraints=critical,CA:TRUE")
    write(where, name + ".database", "")
    write(where, name + ".conf", CONFIGURATION.format(where=where, name=name))


def leaf(where, name, issuer, extensions, validity, purpose="serverAuth"):
    openssl(where, "req", *NEW_KEY, "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
    write(where, name + ".ext", "%s\nextendedKeyUsage=%s\n" % (extensions, purpose))
    dates = ["-startdate", validity[0], "-enddate", validity[1]] if validity else []
    openssl(where, "ca", "-batch", "-config", issuer + ".conf", "-in", name + ".csr", "-out", name + ".pem",
            "-notext", "-extfile", name + ".ext", *dates)


def make(where):
    """Writes NAME.pem and NAME.key for each leaf; returns the file of the trusted authority."""
    for name in ("trusted", "stranger"):
        authority(where, name)
    for name, (issuer, names, validity) in LEAVES.items():
        leaf(where, name, issuer, "subjectAltName=" + names, validity)
    return os.path.join(where, "trusted.pem")


def make_more(where):
    """What `make` writes, and the rest: other servers, clients (PKCS#8 and other forms of keys), files that are useless."""
    make(where)
    authority(where, "clients")
    for name, (issuer, extensions, validity, purpose) in MORE.items():
        leaf(where, name, issuer, extensions, validity, purpose)
    for name, kind in SELF_SIGNED.items():
        openssl(where, "req", "-x509", *NEW_KEY, "-keyout", name + ".key", "-out", name + ".pem", "-days", "30",
                "-subj", "/CN=" + name, "-addext", "basicConstraints=critical," + kind, "-addext", NAMES)
    openssl(where, "pkey", "-in", "client.key", "-traditional", "-out", "client_sec1.key")
    openssl(where, "pkey", "-in", "client.key", "-aes256", "-passout", "pass:x", "-out", "client_encrypted.key")
    rsa(where, "client_rsa", "clients")
    for name, kind in {"client_p384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], "client_ed25519": ["ed25519"]}.items():
        openssl(where, "genpkey", "-algorithm", *kind, "-out", name + ".key")
        request(where, name, "clients")
    # One file for both, the key first.
    write(where, "client_both.pem", read(where, "client.key") + read(where, "client.pem"))
    openssl(where, "x509", "-in", "trusted.pem", "-outform", "DER", "-out", "der.pem")
    write(where, "empty.pem", "")
    write(where, "garbage.pem", "this is no certificate\n")
    write(where, "damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    write(where, "incomplete.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n")


def rsa(where, name, issuer):
    """A client with an RSA key in the form PKCS#1."""
    openssl(where, "genrsa", "-traditional", "-out", name + ".key", "2048")
    request(where, name, issuer)


def request(where, name, issuer):
    """A client's certificate for a key that is there."""
    openssl(where, "req", "-new", "-key", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
    # Without an extension it would be of version 1, which nobody takes any more.
    write(where, name + ".ext", "extendedKeyUsage=clientAuth\n")
    openssl(where, "ca", "-batch", "-config", issuer + ".conf", "-in", name + ".csr", "-out", name + ".pem", "-notext",
            "-extfile", name + ".ext")
