//! The engine against a client of rustls': whole, in pieces, and with bytes that somebody has changed on their way.

use std::io::{Read, Write};
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};

use super::*;
use crate::reactor::{ClientCertificates, TlsAcceptor};

/// Trusts everybody: the certificate is not what is tested.
#[derive(Debug)]
struct Anybody;

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// A client of rustls' and an engine, joined by what carries the client's bytes.
struct Pair {
    client: ClientConnection,
    engine: Engine,
    buffers: Buffers,
    /// What the engine and the client have read.
    read: Vec<u8>,
    got: Vec<u8>,
}

impl Pair {
    fn new(version: &'static rustls::SupportedProtocolVersion) -> Pair {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/server.pem");
        let certificate = gio::TlsCertificate::from_file(file).unwrap();
        let acceptor = TlsAcceptor::new(&certificate, ClientCertificates::Ignored, &[]).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Anybody))
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        Pair {
            client: ClientConnection::new(Arc::new(config), name).unwrap(),
            engine: Engine::new(acceptor.config()).unwrap(),
            buffers: Buffers::default(),
            read: Vec::new(),
            got: Vec::new(),
        }
    }

    /// Carries bytes both ways until nobody has any, the client's in pieces of that size, after `spoil` has seen them.
    fn run(&mut self, piece: usize, mut spoil: impl FnMut(&mut Vec<u8>)) -> io::Result<()> {
        loop {
            let mut sent = Vec::new();
            while self.client.wants_write() {
                self.client.write_tls(&mut sent)?;
            }
            spoil(&mut sent);
            for part in sent.chunks(piece) {
                let read = &mut self.read;
                self.engine.receive(
                    &self.buffers,
                    |input| {
                        input.extend_from_slice(part);
                        Ok(part.len())
                    },
                    |plaintext| {
                        read.extend_from_slice(plaintext);
                        plaintext.len()
                    },
                )?;
                assert!(self.engine.input.capacity() <= limits::TLS_INPUT);
            }
            let answer = self.engine.unsent().to_vec();
            self.engine.has_sent(answer.len(), &self.buffers);
            let mut rest = &answer[..];
            while !rest.is_empty() {
                self.client.read_tls(&mut rest)?;
                let state = self.client.process_new_packets().map_err(io::Error::other)?;
                let mut data = vec![0; state.plaintext_bytes_to_read()];
                self.client.reader().read_exact(&mut data)?;
                self.got.extend(data);
            }
            if answer.is_empty() && !self.client.wants_write() {
                return Ok(());
            }
        }
    }
}

const VERSIONS: [&rustls::SupportedProtocolVersion; 2] = [&rustls::version::TLS12, &rustls::version::TLS13];

#[test]
fn data_goes_both_ways_however_it_is_cut() {
    for (version, piece) in VERSIONS
        .into_iter()
        .flat_map(|version| [1, 7, 300, usize::MAX].map(|piece| (version, piece)))
    {
        let mut pair = Pair::new(version);
        pair.run(piece, |_| ()).unwrap();
        assert!(!pair.engine.is_handshaking() && !pair.client.is_handshaking());
        pair.client.writer().write_all(&[7; 5000]).unwrap();
        pair.run(piece, |_| ()).unwrap();
        assert_eq!(pair.read, [7; 5000]);
        let parts = [&b"head"[..], &[9; 40_000], b"", b"tail"].map(IoSlice::new);
        let count = pair.engine.encrypt(&parts, 1 << 20, &pair.buffers).unwrap();
        assert_eq!(count, 40_008);
        pair.run(piece, |_| ()).unwrap();
        assert_eq!(pair.got.len(), 40_008);
        assert_eq!(&pair.got[..5], b"head\x09");
        pair.client.send_close_notify();
        pair.run(piece, |_| ()).unwrap();
        assert!(pair.engine.has_ended());
        assert_eq!(
            pair.engine.input.capacity(),
            0,
            "an idle connection owns no buffer"
        );
    }
}

#[test]
fn a_byte_that_was_changed_is_an_error_and_never_a_panic() {
    for (version, piece) in [
        (VERSIONS[0], usize::MAX),
        (VERSIONS[1], usize::MAX),
        (VERSIONS[1], 64),
    ] {
        let mut at = 0_usize;
        loop {
            let mut pair = Pair::new(version);
            let (mut seen, mut changed) = (0, false);
            let outcome = pair.run(piece, |sent| {
                if let Some(byte) = at.checked_sub(seen).and_then(|at: usize| sent.get_mut(at)) {
                    *byte ^= 0x55;
                    changed = true;
                }
                seen += sent.len();
            });
            if !changed {
                break;
            }
            // Some bytes are anybody's choice, such as those of the session's name. A length that is too large waits.
            if outcome.is_err() {
                assert!(
                    pair.engine
                        .encrypt(&[IoSlice::new(b"x")], 100, &pair.buffers)
                        .is_err()
                );
                pair.engine.say_goodbye();
            }
            at += 3;
        }
    }
}

/// What somebody on the way does to a flight of the client's.
#[derive(Clone, Debug)]
enum Harm {
    Flip(usize, u8),
    Cut(usize),
    Insert(usize, Vec<u8>),
    Repeat,
    Drop,
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        (any::<usize>(), 1..=u8::MAX).prop_map(|(at, bits)| Harm::Flip(at, bits)),
        any::<usize>().prop_map(Harm::Cut),
        (any::<usize>(), vec(any::<u8>(), 1..40)).prop_map(|(at, bytes)| Harm::Insert(at, bytes)),
        Just(Harm::Repeat),
        Just(Harm::Drop),
    ]
}

impl Harm {
    fn apply(&self, sent: &mut Vec<u8>) {
        let length = sent.len();
        match self {
            _ if length == 0 => (),
            Harm::Flip(at, bits) => sent[at % length] ^= bits,
            Harm::Cut(at) => sent.truncate(at % length),
            Harm::Insert(at, bytes) => drop(sent.splice(at % length..at % length, bytes.clone())),
            Harm::Repeat => sent.extend_from_within(..),
            Harm::Drop => sent.clear(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Harm in any flight: of what the client has said, the engine gives the beginning, and no byte of anybody else's.
    #[test]
    fn what_comes_through_is_what_the_client_has_said(
        new in any::<bool>(),
        piece in prop_oneof![1_usize..40, Just(usize::MAX)],
        harms in vec(proptest::option::weighted(0.3, harm()), 6),
    ) {
        let mut pair = Pair::new(VERSIONS[usize::from(new)]);
        let mut harms = harms.into_iter();
        let mut spoil = |sent: &mut Vec<u8>| {
            if sent.is_empty() {
                return;
            }
            if let Some(Some(harm)) = harms.next() {
                harm.apply(sent);
            }
        };
        let said: Vec<u8> = (0..3000_u32).map(|number| number as u8).collect();
        let mut outcome = pair.run(piece, &mut spoil);
        for part in said.chunks(1000) {
            if outcome.is_ok() && !pair.client.is_handshaking() {
                pair.client.writer().write_all(part).unwrap();
                outcome = pair.run(piece, &mut spoil);
            }
        }
        prop_assert!(said.starts_with(&pair.read));
        if pair.engine.check().is_err() {
            prop_assert!(pair.engine.encrypt(&[IoSlice::new(b"x")], 100, &pair.buffers).is_err());
        }
        pair.engine.say_goodbye();
    }
}
