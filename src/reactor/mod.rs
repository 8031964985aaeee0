//! mio inside the caller's GMainContext: the GSource, tokens, timers, transports, entropy.
