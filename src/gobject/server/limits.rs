//! What the clients of one server may take, and how full it is: `bisque_server_set_limit()`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use gio::prelude::*;
use glib::subclass::prelude::*;

use super::{Owner, Server};
use crate::proto::http1::exchange::Timeouts;
use crate::proto::http1::head::HeadLimits;
use crate::proto::limits;
use crate::reactor::Link;

/// A limit, by its number in `bisque.h`. Times are in milliseconds, sizes in bytes; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Limit {
    /// For the first byte of a connection.
    FirstByteTime,
    /// For a head, from its first byte to its end.
    HeadTime,
    /// For more of a body.
    BodyTime,
    /// For the client to read more of a response.
    ResponseTime,
    /// For the next request.
    IdleTime,
    /// One body that is kept for its handler.
    BodySize,
    /// All of them together.
    BodiesSize,
    /// Connections that carry HTTP.
    Connections,
    /// Those from one address.
    ConnectionsPerAddress,
    /// The bytes of a request's head.
    HeadSize,
    /// Its header lines.
    HeadFields,
    /// For a TLS handshake.
    HandshakeTime,
}

impl TryFrom<u32> for Limit {
    type Error = ();

    fn try_from(number: u32) -> Result<Limit, ()> {
        use Limit::*;
        let all = [
            FirstByteTime,
            HeadTime,
            BodyTime,
            ResponseTime,
            IdleTime,
            BodySize,
            BodiesSize,
            Connections,
            ConnectionsPerAddress,
            HeadSize,
            HeadFields,
            HandshakeTime,
        ];
        all.into_iter().find(|limit| *limit as u32 == number).ok_or(())
    }
}

/// The limits of one server, and what is taken of them.
pub(super) struct Limits {
    pub(super) timeouts: Cell<Timeouts>,
    body: Cell<u64>,
    bodies: Cell<u64>,
    pub(super) connections: Cell<u64>,
    per_address: Cell<u64>,
    head_size: Cell<u64>,
    head_fields: Cell<u64>,
    handshake: Cell<u64>,
    /// How many bytes of bodies are kept for requests under way.
    kept: Cell<u64>,
    /// How many connections there are from an address, as long as that is limited.
    addresses: RefCell<HashMap<String, u64>>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            timeouts: Cell::default(),
            body: Cell::new(limits::SERVER_BODY),
            bodies: Cell::new(limits::SERVER_BODIES),
            connections: Cell::new(0),
            per_address: Cell::new(0),
            head_size: Cell::new(limits::HEAD_BYTES as u64),
            head_fields: Cell::new(limits::HEADER_COUNT as u64),
            handshake: Cell::new(milliseconds(Some(limits::TLS_HANDSHAKE_TIME))),
            kept: Cell::new(0),
            addresses: RefCell::default(),
        }
    }
}

impl Limits {
    fn get(&self, limit: Limit) -> u64 {
        let times = self.timeouts.get();
        match limit {
            Limit::FirstByteTime => milliseconds(times.first_byte),
            Limit::HeadTime => milliseconds(times.head),
            Limit::BodyTime => milliseconds(times.body),
            Limit::ResponseTime => milliseconds(times.response),
            Limit::IdleTime => milliseconds(times.idle),
            Limit::BodySize => self.body.get(),
            Limit::BodiesSize => self.bodies.get(),
            Limit::Connections => self.connections.get(),
            Limit::ConnectionsPerAddress => self.per_address.get(),
            Limit::HeadSize => self.head_size.get(),
            Limit::HeadFields => self.head_fields.get(),
            Limit::HandshakeTime => self.handshake.get(),
        }
    }

    fn set(&self, limit: Limit, value: u64) {
        let mut times = self.timeouts.get();
        let time = (value > 0).then(|| Duration::from_millis(value));
        match limit {
            Limit::FirstByteTime => times.first_byte = time,
            Limit::HeadTime => times.head = time,
            Limit::BodyTime => times.body = time,
            Limit::ResponseTime => times.response = time,
            Limit::IdleTime => times.idle = time,
            Limit::BodySize => self.body.set(value),
            Limit::BodiesSize => self.bodies.set(value),
            Limit::Connections => self.connections.set(value),
            Limit::ConnectionsPerAddress => self.per_address.set(value),
            Limit::HeadSize => self.head_size.set(value),
            Limit::HeadFields => self.head_fields.set(value),
            Limit::HandshakeTime => self.handshake.set(value),
        }
        self.timeouts.set(times);
    }

    /// What the head of a request may have.
    pub(super) fn head(&self) -> HeadLimits {
        HeadLimits {
            bytes: most(self.head_size.get()),
            fields: most(self.head_fields.get()),
        }
    }

    /// How long a TLS handshake may take; `None` is for ever.
    pub(super) fn tls_handshake(&self) -> Option<Duration> {
        let time = self.handshake.get();
        (time > 0).then(|| Duration::from_millis(time))
    }

    /// Whether one body may have this length.
    pub(super) fn allow_body(&self, length: u64) -> bool {
        within(length, self.body.get())
    }

    /// Counts bytes of a body that is kept; whether there is room for them beside the others.
    pub(super) fn keep(&self, count: u64) -> bool {
        let kept = self.kept.get().saturating_add(count);
        self.kept.set(kept);
        within(kept, self.bodies.get())
    }

    /// What was kept of a body is the application's now, or gone.
    pub(super) fn forget(&self, count: u64) {
        self.kept.set(self.kept.get().saturating_sub(count));
    }
}

pub(super) fn within(value: u64, limit: u64) -> bool {
    limit == 0 || value <= limit
}

/// A limit as the engine takes it, which knows no 0 for none.
fn most(limit: u64) -> usize {
    match limit {
        0 => usize::MAX,
        limit => usize::try_from(limit).unwrap_or(usize::MAX),
    }
}

fn milliseconds(time: Option<Duration>) -> u64 {
    time.map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// A connection is one of its address's as long as this lives.
pub(super) struct Visitor {
    owner: Arc<Owner>,
    address: String,
}

impl Visitor {
    /// Counts the connection of `link`; an error where its address has as many as it may, which is that address.
    pub(super) fn admit(owner: &Arc<Owner>, link: &Link) -> Result<Option<Box<Visitor>>, String> {
        let most = owner.limits.per_address.get();
        let address = match most {
            0 => None,
            _ => address_of(link),
        };
        let Some(address) = address else { return Ok(None) };
        let mut addresses = owner.limits.addresses.borrow_mut();
        let count = addresses.entry(address.clone()).or_default();
        if *count >= most {
            return Err(address);
        }
        *count += 1;
        let owner = owner.clone();
        Ok(Some(Box::new(Visitor { owner, address })))
    }

    pub(super) fn is_from(&self, address: &str) -> bool {
        self.address == address
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        let mut addresses = self.owner.limits.addresses.borrow_mut();
        if let Some(count) = addresses.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

/// The address of a connection's peer, if it came by IP.
pub(super) fn address_of(link: &Link) -> Option<String> {
    let address = link
        .remote_address()
        .ok()?
        .downcast::<gio::InetSocketAddress>()
        .ok()?;
    Some(address.address().to_str().into())
}

impl Server {
    /// The value of a limit.
    pub fn limit(&self, limit: Limit) -> u64 {
        self.imp().owner.limits.get(limit)
    }

    /// Changes a limit, for what begins from now on.
    pub fn set_limit(&self, limit: Limit, value: u64) {
        self.imp().owner.limits.set(limit, value);
    }
}
