//! Every cap on what a peer can make us hold, each with the attack that it stops.
