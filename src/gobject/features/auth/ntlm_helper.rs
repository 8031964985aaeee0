//! Samba's `ntlm_auth`, a program that answers for a user who has logged in already, by the protocol `ntlmssp-client-1`.
//!
//! | we write | it writes | |
//! |---|---|---|
//! | `YR` | `YR` and a token | the first message |
//! | `TT` and the server's challenge | `KK` or `AF` and a token | the response |
//! | either | `PW`, `BH`, anything else | it cannot |
//!
//! Law: each step blocks, for [`limits::NTLM_HELPER_TIME`] at most, and belongs in a thread. Dropping ends the program.

use std::io::{self, ErrorKind, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::connection::in_thread;
use crate::proto::limits;

/// The program, which has begun.
pub struct Helper {
    child: Option<Child>,
    stream: UnixStream,
}

impl Helper {
    /// The path of the program, where there is one; for tests the environment names another, or none.
    pub fn path() -> Option<String> {
        let path = match glib::getenv("SOUP_NTLM_AUTH_DEBUG") {
            Some(path) => path.into_string().ok()?,
            None => PATH.to_owned(),
        };
        std::path::Path::new(&path).is_file().then_some(path)
    }

    /// Begins it for a user, perhaps with a domain before a backslash or a slash; gives the first message, too.
    pub fn begin(path: &str, user: &str) -> Option<(Helper, String)> {
        let (ours, its) = UnixStream::pair().ok()?;
        let mut command = Command::new(path);
        command.args(["--helper-protocol", "ntlmssp-client-1", "--use-cached-creds"]);
        match user.split_once(['\\', '/']) {
            Some((domain, user)) => command.args(["--username", user, "--domain", domain]),
            None => command.args(["--username", user]),
        };
        let also_its = its.try_clone().ok()?;
        command
            .stdin(OwnedFd::from(its))
            .stdout(OwnedFd::from(also_its))
            .stderr(Stdio::null());
        let child = command.spawn().ok()?;
        // The command has the other end, which must be the program's alone.
        drop(command);
        let mut helper = Helper {
            child: Some(child),
            stream: ours,
        };
        let token = helper.ask("YR", &["YR"])?;
        Some((helper, token))
    }

    /// The response to a challenge, which stood in a header.
    pub fn respond(mut self, challenge: &str) -> Option<String> {
        self.ask(&format!("TT {challenge}"), &["KK", "AF"])
    }

    /// Writes a line; the token in the answer, if that is one of those.
    fn ask(&mut self, line: &str, answers: &[&str]) -> Option<String> {
        let until = Instant::now() + limits::NTLM_HELPER_TIME;
        self.write(format!("{line}\n").as_bytes()).ok()?;
        let answer = self.read_line(until).ok()?;
        let (kind, token) = answer.split_once(' ')?;
        let is_token = answers.contains(&kind) && STANDARD.decode(token).is_ok_and(|token| !token.is_empty());
        is_token.then(|| token.to_owned())
    }

    /// Writes all of it, and is not ended by a signal where nobody reads any more.
    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.stream.set_write_timeout(Some(limits::NTLM_HELPER_TIME))?;
        while !bytes.is_empty() {
            // SAFETY: bytes that live through the call, to a socket of ours.
            let sent = unsafe {
                libc::send(
                    self.stream.as_raw_fd(),
                    bytes.as_ptr().cast(),
                    bytes.len(),
                    libc::MSG_NOSIGNAL,
                )
            };
            match usize::try_from(sent) {
                Ok(sent) => bytes = bytes.get(sent..).unwrap_or_default(),
                Err(_) => match io::Error::last_os_error() {
                    error if error.kind() == ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
            }
        }
        Ok(())
    }

    /// One line, without its end.
    fn read_line(&mut self, until: Instant) -> io::Result<String> {
        let mut line = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || line.len() > limits::NTLM_HELPER_LINE {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
            let count = match self.stream.read(&mut buffer) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            line.extend_from_slice(buffer.get(..count).unwrap_or_default());
            if let Some(end) = line.iter().position(|byte| *byte == b'\n') {
                line.truncate(end);
                return String::from_utf8(line).map_err(|_| ErrorKind::InvalidData.into());
            }
        }
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended, and a program that ignores its children may have taken its status.
            let _ = child.kill();
            in_thread(Box::new(move || _ = child.wait()));
        }
    }
}

/// Where distributions have it.
const PATH: &str = "/usr/bin/ntlm_auth";

#[cfg(test)]
mod tests {
    use super::*;

    /// The stand-in for tests, for which the user's name says what it answers.
    fn begin(user: &str) -> Option<(Helper, String)> {
        Helper::begin(
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/c/ntlm-helper.sh"),
            user,
        )
    }

    const HELLO: &str = "TlRMTVNTUAABAAAAHELPEQ==";
    const CHALLENGE: &str = "TlRMTVNTUAACAAAA";

    #[test]
    fn two_tokens() {
        for user in ["logged-in", "DOMAIN\\in-domain", "DOMAIN/in-domain"] {
            let (helper, hello) = begin(user).unwrap();
            assert_eq!(hello, HELLO);
            let response = helper.respond(CHALLENGE).unwrap();
            assert!(response.starts_with("TlRMTVNTUAADAAAA"), "{response}");
        }
    }

    #[test]
    fn what_is_no_answer() {
        let of_hello = [
            "no-hello",
            "bad-hello",
            "no-token",
            "carriage-return",
            "endless",
            "killed",
            "in-domain",
            "nobody",
        ];
        for user in of_hello {
            assert!(begin(user).is_none(), "{user}");
        }
        assert!(Helper::begin("/nothing/there", "user").is_none());
        for user in ["no-response", "bad-response"] {
            let (helper, _) = begin(user).unwrap();
            assert_eq!(helper.respond(CHALLENGE), None, "{user}");
        }
    }

    #[test]
    fn one_that_has_gone_is_written_to() {
        let (helper, _) = begin("logged-in").unwrap();
        helper.stream.shutdown(std::net::Shutdown::Write).unwrap();
        // Without its signal.
        assert_eq!(helper.respond(CHALLENGE), None);
    }
}
