//! What a message asks of the exchange that carries it, whatever that is: a connection of HTTP/1, or a stream of another version.

/// The server's side of one request. A message holds this, never the connection, and lets go of it when the exchange is
/// over: from then on its calls do nothing.
pub trait ServerExchange {
    /// Stops the exchange: nothing of the response is written until `unpause`.
    fn pause(&self);

    /// Goes on with the exchange, in a later turn.
    fn unpause(&self);

    /// Takes the stream away from the server, which forgets it. Signals are emitted: nothing may be borrowed.
    fn steal(&self) -> Option<gio::IOStream>;
}
