//! NTLM's three messages ([MS-NLMP]): the client's hello, the server's challenge, the client's response.
//!
//! The response is NTLMv2's where the server gives its target information, else that of NTLM2 session security, else NTLMv1's. The
//! hash for LAN Manager is never sent.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use des::Des;
use des::cipher::{Array, BlockCipherEncrypt, KeyInit};
use hmac::{Hmac, Mac};
use md4::{Digest, Md4};
use md5::Md5;

/// The server's challenge, message type 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    nonce: [u8; 8],
    flags: u32,
    target_info: Vec<u8>,
}

/// Who answers. A user `domain\user` brings its own domain.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// The user, perhaps with a domain before a backslash.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
    /// The name of this machine.
    pub workstation: &'a str,
}

/// Message type 1 as the token of an Authorization header.
pub fn negotiate() -> String {
    let mut message = Vec::with_capacity(32);
    message.extend_from_slice(SIGNATURE);
    message.extend_from_slice(&1u32.to_le_bytes());
    message.extend_from_slice(&FLAGS.to_le_bytes());
    message.resize(32, 0);
    STANDARD.encode(message)
}

impl Challenge {
    /// Reads message type 2 from the token of a WWW-Authenticate header.
    pub fn read(token: &str) -> Option<Challenge> {
        let message = STANDARD.decode(token).ok()?;
        if !message.starts_with(SIGNATURE) || number(&message, 8)? != 2 {
            return None;
        }
        let flags = number(&message, 20)?;
        let nonce = message.get(24..32)?.try_into().ok()?;
        // The server's own name, which nobody needs.
        block(&message, 12)?;
        // Servers of old end here.
        let target_info = match flags & TARGET_INFO != 0 {
            true => block(&message, 40)?.to_vec(),
            false => Vec::new(),
        };
        Some(Challenge {
            nonce,
            flags,
            target_info,
        })
    }

    /// Message type 3 as the token of an Authorization header. `client_nonce` is random; `time` counts the 100 ns since 1601 (used where
    /// the server does not give its own). `None` for names that the message has no room for.
    pub fn authenticate(&self, identity: Identity<'_>, client_nonce: [u8; 8], time: u64) -> Option<String> {
        let (domain, user) = match identity.user.split_once('\\') {
            Some((domain, user)) => (domain, user),
            // The server looks for the user in its own domain then.
            None => ("", identity.user),
        };
        let hash = password_hash(identity.password);
        let (lm, nt) = if !self.target_info.is_empty() {
            let key = v2_key(&hash, user, domain);
            self.respond_v2(&key, client_nonce, time)
        } else if self.flags & SESSION_SECURITY != 0 {
            self.respond_session(&hash, client_nonce)
        } else {
            let response = des_response(&hash, self.nonce);
            (response.clone(), response)
        };
        let (domain, user, workstation) = (to_utf16(domain), to_utf16(user), to_utf16(identity.workstation));
        let names = HEADER as usize;
        let responses = names + domain.len() + user.len() + workstation.len();
        let mut message = SIGNATURE.to_vec();
        message.extend_from_slice(&3u32.to_le_bytes());
        // The responses stand first in the header, and last behind it, as Windows has them.
        for (part, offset) in [
            (&lm, responses),
            (&nt, responses + lm.len()),
            (&domain, names),
            (&user, names + domain.len()),
            (&workstation, names + domain.len() + user.len()),
            (&Vec::new(), responses + lm.len() + nt.len()),
        ] {
            let length = u16::try_from(part.len()).ok()?.to_le_bytes();
            message.extend_from_slice(&length);
            message.extend_from_slice(&length);
            message.extend_from_slice(&u32::try_from(offset).ok()?.to_le_bytes());
        }
        let target = match self.target_info.is_empty() {
            true => 0,
            false => REQUEST_TARGET,
        };
        let flags = FLAGS & !OEM & self.flags | UNICODE | target;
        message.extend_from_slice(&flags.to_le_bytes());
        for part in [domain, user, workstation, lm, nt] {
            message.extend_from_slice(&part);
        }
        Some(STANDARD.encode(message))
    }

    /// [MS-NLMP], section 3.3.2.
    fn respond_v2(&self, key: &[u8; 16], client_nonce: [u8; 8], time: u64) -> (Vec<u8>, Vec<u8>) {
        let server_time = self.server_time();
        let mut blob = vec![1, 1, 0, 0, 0, 0, 0, 0];
        blob.extend_from_slice(&server_time.unwrap_or(time).to_le_bytes());
        blob.extend_from_slice(&client_nonce);
        blob.extend_from_slice(&[0; 4]);
        blob.extend_from_slice(&self.target_info);
        blob.extend_from_slice(&[0; 4]);
        let mut nt = hmac_md5(key, &[&self.nonce, &blob]).to_vec();
        nt.extend_from_slice(&blob);
        // Whoever gives its time wants no second response (section 3.1.5.1.2).
        let lm = match server_time {
            Some(_) => vec![0; 24],
            None => [&hmac_md5(key, &[&self.nonce, &client_nonce])[..], &client_nonce].concat(),
        };
        (lm, nt)
    }

    /// [MS-NLMP], section 3.3.1, with extended session security.
    fn respond_session(&self, hash: &[u8; 16], client_nonce: [u8; 8]) -> (Vec<u8>, Vec<u8>) {
        let both = Md5::digest([self.nonce, client_nonce].concat());
        let mut challenge = [0; 8];
        for (to, from) in challenge.iter_mut().zip(both) {
            *to = from;
        }
        let mut lm = client_nonce.to_vec();
        lm.resize(24, 0);
        (lm, des_response(hash, challenge))
    }

    /// The time in the target information (MsvAvTimestamp).
    fn server_time(&self) -> Option<u64> {
        let mut rest = &*self.target_info;
        loop {
            let (head, tail) = rest.split_first_chunk::<4>()?;
            let [id, _, low, high] = *head;
            let (value, tail) = tail.split_at_checked(usize::from(u16::from_le_bytes([low, high])))?;
            match id {
                0 => return None,
                7 => return Some(u64::from_le_bytes(value.try_into().ok()?)),
                _ => rest = tail,
            }
        }
    }
}

/// NTOWFv1: of a password of any length (CVE-2026-0719).
fn password_hash(password: &str) -> [u8; 16] {
    Md4::digest(to_utf16(password)).into()
}

/// NTOWFv2.
fn v2_key(hash: &[u8; 16], user: &str, domain: &str) -> [u8; 16] {
    hmac_md5(hash, &[&to_utf16(&user.to_uppercase()), &to_utf16(domain)])
}

fn hmac_md5(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    // A key of any length is one.
    let Ok(mut mac) = <Hmac<Md5> as KeyInit>::new_from_slice(key) else {
        return [0; 16];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// DESL: the challenge encrypted with three keys that are made of the hash.
fn des_response(hash: &[u8; 16], challenge: [u8; 8]) -> Vec<u8> {
    let mut padded = hash.to_vec();
    padded.resize(21, 0);
    padded
        .chunks_exact(7)
        .flat_map(|part| {
            let mut block = Array::from(challenge);
            Des::new(&Array::from(des_key(part))).encrypt_block(&mut block);
            <[u8; 8]>::from(block)
        })
        .collect()
}

/// Seven bytes as eight with room for a parity bit each, which DES does not look at.
fn des_key(part: &[u8]) -> [u8; 8] {
    let bits = part.iter().fold(0u64, |bits, &byte| bits << 8 | u64::from(byte));
    std::array::from_fn(|index| ((bits >> (49 - 7 * index) & 0x7f) << 1) as u8)
}

fn to_utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn number(message: &[u8], at: usize) -> Option<u32> {
    let bytes = message.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*bytes))
}

/// What a length and an offset at `at` point to.
fn block(message: &[u8], at: usize) -> Option<&[u8]> {
    let length = u16::from_le_bytes(*message.get(at..)?.first_chunk::<2>()?);
    let offset = usize::try_from(number(message, at + 4)?).ok()?;
    message.get(offset..)?.get(..usize::from(length))
}

const SIGNATURE: &[u8] = b"NTLMSSP\0";
/// The length of message type 3 before its parts.
const HEADER: u32 = 64;

const UNICODE: u32 = 1;
const OEM: u32 = 2;
const REQUEST_TARGET: u32 = 4;
const NTLM: u32 = 0x200;
const ALWAYS_SIGN: u32 = 0x8000;
const SESSION_SECURITY: u32 = 0x8_0000;
const TARGET_INFO: u32 = 0x80_0000;
const FLAGS: u32 = UNICODE | OEM | REQUEST_TARGET | NTLM | ALWAYS_SIGN | SESSION_SECURITY;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::auth::hex;

    const CLIENT_NONCE: [u8; 8] = [0xaa; 8];

    /// The server of [MS-NLMP], section 4.2.
    fn challenge(flags: u32, target_info: &[u8]) -> Challenge {
        let mut message = SIGNATURE.to_vec();
        message.extend_from_slice(&2u32.to_le_bytes());
        let name = to_utf16("Domain");
        let block = |length: usize, offset: u32| {
            let length = u16::try_from(length).unwrap().to_le_bytes();
            [&length[..], &length, &offset.to_le_bytes()].concat()
        };
        message.extend(block(name.len(), 48));
        message.extend_from_slice(&(flags | UNICODE).to_le_bytes());
        message.extend_from_slice(&[0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef]);
        message.extend_from_slice(&[0; 8]);
        message.extend(block(target_info.len(), 48 + name.len() as u32));
        message.extend(name);
        message.extend_from_slice(target_info);
        Challenge::read(&STANDARD.encode(message)).unwrap()
    }

    fn target_info() -> Vec<u8> {
        let pair = |id: u8, value: &str| {
            let value = to_utf16(value);
            [&[id, 0, value.len() as u8, 0][..], &value].concat()
        };
        [pair(2, "Domain"), pair(1, "Server"), vec![0; 4]].concat()
    }

    fn parts(challenge: &Challenge, user: &str) -> Vec<Vec<u8>> {
        let identity = Identity {
            user,
            password: "Password",
            workstation: "COMPUTER",
        };
        let token = challenge.authenticate(identity, CLIENT_NONCE, 0).unwrap();
        let message = STANDARD.decode(token).unwrap();
        assert!(message.starts_with(SIGNATURE) && number(&message, 8) == Some(3));
        // The names come first, and so do not move with the responses.
        assert_eq!(number(&message, 32), Some(HEADER));
        assert_eq!(
            number(&message, 60).unwrap() & REQUEST_TARGET != 0,
            !challenge.target_info.is_empty()
        );
        [12, 20, 28, 36, 44]
            .iter()
            .map(|&at| block(&message, at).unwrap().to_vec())
            .collect()
    }

    #[test]
    fn ntlm_v1() {
        assert_eq!(
            hex(&password_hash("Password")),
            "a4f49c406510bdcab6824ee7c30fd852"
        );
        let parts = parts(&challenge(0, &[]), "Domain\\User");
        assert_eq!(hex(&parts[1]), "67c43011f30298a2ad35ece64f16331c44bdbed927841f94");
        assert_eq!(parts[0], parts[1]);
        let names = [to_utf16("Domain"), to_utf16("User"), to_utf16("COMPUTER")];
        assert_eq!(parts[2..], names);
        let parts = self::parts(&challenge(0, &[]), "User");
        assert_eq!(parts[2..4], [vec![], to_utf16("User")]);
    }

    #[test]
    fn ntlm_v1_with_session_security() {
        let parts = parts(&challenge(SESSION_SECURITY, &[]), "Domain\\User");
        assert_eq!(hex(&parts[0]), "aaaaaaaaaaaaaaaa00000000000000000000000000000000");
        assert_eq!(hex(&parts[1]), "7537f803ae367128ca458204bde7caf81e97ed2683267232");
    }

    #[test]
    fn ntlm_v2() {
        let key = v2_key(&password_hash("Password"), "User", "Domain");
        assert_eq!(hex(&key), "0c868a403bfd7a93a3001ef22ef02e3f");
        let parts = parts(&challenge(TARGET_INFO, &target_info()), "Domain\\User");
        assert_eq!(hex(&parts[0]), "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
        assert_eq!(hex(&parts[1][..16]), "68cd0ab851e51c96aabc927bebef6a1c");
    }

    #[test]
    fn the_servers_own_time_is_used() {
        let mut info = vec![7, 0, 8, 0];
        info.extend_from_slice(&77u64.to_le_bytes());
        info.extend(target_info());
        let challenge = challenge(TARGET_INFO, &info);
        assert_eq!(challenge.server_time(), Some(77));
        let parts = parts(&challenge, "User");
        assert_eq!(parts[0], [0; 24]);
        assert_eq!(parts[1][24..32], 77u64.to_le_bytes());
    }

    #[test]
    fn cve_2026_0719_a_password_of_65536_bytes() {
        let long = "x".repeat(65_536);
        assert_ne!(password_hash(&long), password_hash(&long[1..]));
        let identity = Identity {
            user: "User",
            password: &long,
            workstation: "",
        };
        assert!(
            challenge(0, &[])
                .authenticate(identity, CLIENT_NONCE, 0)
                .is_some()
        );
        let identity = Identity {
            user: &long,
            password: "",
            workstation: "",
        };
        assert_eq!(challenge(0, &[]).authenticate(identity, CLIENT_NONCE, 0), None);
    }

    #[test]
    fn challenges_that_are_none() {
        let mut whole = SIGNATURE.to_vec();
        whole.extend_from_slice(&2u32.to_le_bytes());
        whole.extend_from_slice(&[0, 0, 0, 0, 32, 0, 0, 0, 0, 0, 0, 0]);
        whole.extend_from_slice(&[9; 8]);
        assert!(Challenge::read(&STANDARD.encode(&whole)).is_some());
        for length in 0..whole.len() {
            assert_eq!(
                Challenge::read(&STANDARD.encode(&whole[..length])),
                None,
                "{length}"
            );
        }
        for (at, byte) in [(0, b'M'), (8, 1), (12, 9), (16, 33), (19, 255), (22, 0x80)] {
            let mut bad = whole.clone();
            bad[at] = byte;
            assert_eq!(Challenge::read(&STANDARD.encode(&bad)), None, "{at}");
        }
        assert_eq!(Challenge::read("!"), None);
        assert!(
            STANDARD
                .decode(negotiate())
                .unwrap()
                .starts_with(b"NTLMSSP\0\x01\0\0\0")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_challenge_is_read(tail: Vec<u8>) {
            let mut message = SIGNATURE.to_vec();
            message.extend_from_slice(&2u32.to_le_bytes());
            message.extend(tail);
            if let Some(challenge) = Challenge::read(&STANDARD.encode(message)) {
                let identity = Identity { user: "u", password: "p", workstation: "w" };
                challenge.authenticate(identity, CLIENT_NONCE, 0);
            }
        }
    }
}
