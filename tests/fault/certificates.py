"""Certificates for the matrix, made by openssl(1): one that is right, and
those of the faults."""

import os
import socket
import subprocess
import threading

GOOD, OTHER = "IP:127.0.0.1", "DNS:elsewhere.example"


def openssl(*arguments):
    """Runs openssl."""
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def expired():
    """The words for a time that has passed; openssl takes no negative days any more (3.4), and before no times."""
    help_text = subprocess.run(["openssl", "x509", "-help"], capture_output=True, text=True, check=False).stderr
    if "-not_before" in help_text:
        return ["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"]
    return ["-days", "-1"]


def make(folder):
    """Makes a CA, ca.pem, and NAME.pem with NAME.key for each server."""
    os.makedirs(folder)
    authority = [f"{folder}/ca.pem", f"{folder}/ca.key"]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=ca", "-out", authority[0],
            "-keyout", authority[1])
    two_days = ["-days", "2"]
    for name, host, validity in (("good", GOOD, two_days), ("other", OTHER, two_days), ("expired", GOOD, expired())):
        sign(folder, name, host, validity, authority)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x", "-addext",
            f"subjectAltName={GOOD}", "-out", f"{folder}/unknown.pem", "-keyout", f"{folder}/unknown.key")


def sign(folder, name, host, validity, authority):
    """A certificate for the host, signed by our CA."""
    base = f"{folder}/{name}"
    with open(f"{base}.ext", "w", encoding="ascii") as file:
        file.write(f"subjectAltName={host}\n")
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-out", f"{base}.csr", "-keyout",
            f"{base}.key")
    openssl("x509", "-req", "-in", f"{base}.csr", *validity, "-CA", authority[0], "-CAkey", authority[1],
            "-set_serial", "7", "-extfile", f"{base}.ext", "-out", f"{base}.pem")


class Cutter:
    """Listens as if for TLS, and cuts each connection in the handshake."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        """Takes what comes."""
        while True:
            link = self.listener.accept()[0]
            link.recv(100)
            link.close()
