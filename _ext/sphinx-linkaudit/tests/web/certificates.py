"""Issues certificates, good and bad ones."""

from __future__ import annotations

import datetime
import ssl
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from web.base import Closes


class Authority(Closes):
    """A certificate authority, and what can be wrong with a server's certificate.

    Its methods return contexts for `Web`.  Certificates are for *names*; without any,
    for those that a server on loopback goes by.
    """

    #: Names and addresses of every server here.
    LOCAL = ('localhost', *(f'127.0.0.{number}' for number in range(1, 10)))

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._folder = TemporaryDirectory()
        #: The file for ``REQUESTS_CA_BUNDLE`` or ``tls_cacerts``.
        self.ca_file = Path(self._folder.name, 'ca.pem')
        self._ca.cert_pem.write_to_path(self.ca_file)

    def good(self, *names: str) -> ssl.SSLContext:
        """Make one with which nothing is wrong."""
        return self._context(self._ca.issue_cert(*names or self.LOCAL))

    def expired(self, *names: str) -> ssl.SSLContext:
        """Make one that was good until yesterday."""
        return self._context(
            self._ca.issue_cert(*names or self.LOCAL, not_after=now(days=-1))
        )

    def not_yet_valid(self, *names: str) -> ssl.SSLContext:
        """Make one that will be good from tomorrow on."""
        return self._context(
            self._ca.issue_cert(*names or self.LOCAL, not_before=now(days=1))
        )

    def for_another_host(self) -> ssl.SSLContext:
        """Make one that is good, but for somebody else."""
        return self.good('somebody-else.test')

    def from_unknown_issuer(self, *names: str) -> ssl.SSLContext:
        """Make one that is from another authority."""
        return self._context(trustme.CA().issue_cert(*names or self.LOCAL))

    def self_signed(self, *names: str) -> ssl.SSLContext:
        """Make one that vouches for itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        # trustme only signs with an authority's key; the names are made as it does.
        model = self._ca.issue_cert(*names or self.LOCAL).cert_chain_pems[0].bytes()
        san = x509.load_pem_x509_certificate(model).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, 'Myself')])
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now(days=-1))
            .not_valid_after(now(days=1))
            .add_extension(san.value, critical=False)
            .sign(key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = certificate.public_bytes(serialization.Encoding.PEM)
        return self._context(trustme.LeafCert(private, public, []))

    def old_protocol(self, *names: str) -> ssl.SSLContext:
        """Make a good one, but for a server that knows nothing newer than TLS 1.1."""
        context = self.good(*names)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        # OpenSSL 3 does SHA-1, which the old ones need, on no other level.
        context.set_ciphers('DEFAULT:@SECLEVEL=0')
        return context

    @staticmethod
    def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    def close(self) -> None:
        """Take the file away."""
        self._folder.cleanup()


def now(*, days: float = 0, seconds: float = 0) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(days, seconds)
