//! What all TLS connections of a server have in common: its certificate and key, its tickets, what it asks of clients.
//!
//! Clients' certificates are not judged here: rustls makes sure that the client has the key, and whoever uses the connection
//! asks GIO's database about the chain, which may block.

use std::sync::Arc;

use crate::reactor::handshake::ClientCertificates;
use gio::prelude::*;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};

/// Accepts TLS connections with one certificate.
#[derive(Clone)]
pub struct TlsAcceptor(Arc<ServerConfig>);

impl TlsAcceptor {
    /// An acceptor with the chain and the key of GIO's certificate. Fails where its key cannot be had, as with PKCS #11, or is
    /// of a kind that rustls does not know.
    pub fn new(
        certificate: &gio::TlsCertificate,
        clients: ClientCertificates,
        protocols: &[&[u8]],
    ) -> Result<TlsAcceptor, rustls::Error> {
        let key = bytes(certificate, "private-key")
            .ok_or_else(|| rustls::Error::General("its private key cannot be read".to_owned()))?;
        let key = PrivateKeyDer::try_from(key).map_err(|text| rustls::Error::General(text.to_owned()))?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let builder = match clients {
            ClientCertificates::Ignored => builder.with_no_client_auth(),
            ClientCertificates::Requested | ClientCertificates::Required => builder
                .with_client_cert_verifier(Arc::new(KeyOnly {
                    provider,
                    required: clients == ClientCertificates::Required,
                })),
        };
        let mut config = builder.with_single_cert(chain(certificate), key)?;
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        // Its keys are replaced every six hours, and tell nothing of each other.
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        // A session that a ticket holds is not kept here as well.
        config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
        config.send_tls13_tickets = 2;
        config.cert_decompressors = Vec::new();
        Ok(TlsAcceptor(Arc::new(config)))
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        self.0.clone()
    }
}

/// The certificate and those of its issuers, as far as GIO has them.
fn chain(certificate: &gio::TlsCertificate) -> Vec<CertificateDer<'static>> {
    let mut chain = Vec::new();
    let mut next = Some(certificate.clone());
    while let Some(certificate) = next {
        if let Some(der) = bytes(&certificate, "certificate") {
            chain.push(CertificateDer::from(der));
        }
        next = certificate.issuer();
    }
    chain
}

/// A property that is a GByteArray.
fn bytes(certificate: &gio::TlsCertificate, name: &str) -> Option<Vec<u8>> {
    let bytes: Option<glib::ByteArray> = certificate.property_value(name).get().ok()?;
    bytes.map(|bytes| bytes.to_vec())
}

/// Makes sure that a client has the key of the certificate that it shows, whoever has signed that.
#[derive(Debug)]
struct KeyOnly {
    provider: Arc<CryptoProvider>,
    required: bool,
}

impl ClientCertVerifier for KeyOnly {
    fn client_auth_mandatory(&self) -> bool {
        self.required
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _issuers: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let mut schemes = algorithms.supported_schemes();
        // Clients take the first that fits their key. A key in a token (PKCS #11) may know this digest alone.
        schemes.sort_by_key(|scheme| !has_sha256(*scheme));
        schemes
    }
}

fn has_sha256(scheme: SignatureScheme) -> bool {
    use SignatureScheme as Scheme;
    matches!(
        scheme,
        Scheme::ECDSA_NISTP256_SHA256 | Scheme::RSA_PSS_SHA256 | Scheme::RSA_PKCS1_SHA256
    )
}
