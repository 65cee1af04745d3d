use std::sync::LazyLock;

use fred::util::sha1_hash;

/// A script that Redis runs in one step, known to it by the digest of its text.
pub(super) struct Script {
    pub(super) text: &'static str,
    pub(super) digest: String,
}

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $file:literal;)*) => {
        $($(#[$doc])* pub(super) static $name: LazyLock<Script> = LazyLock::new(|| {
            let text = include_str!($file);
            Script { text, digest: sha1_hash(text) }
        });)*
    };
}

scripts! {
    /// Gives entries their places.
    APPEND = "scripts/append.lua";
    /// Reads the next texts.
    PAGE = "scripts/page.lua";
    /// Tells how an order stands.
    STANDING = "scripts/standing.lua";
    /// Begins an order.
    BEGIN = "scripts/begin.lua";
    /// Notes what is durable, and trims.
    DURABLE = "scripts/durable.lua";
    /// Ends an order that has lost transactions.
    ABANDON = "scripts/abandon.lua";
    /// Takes or renews a lease.
    LEASE = "scripts/lease.lua";
    /// Gives a lease back.
    RELEASE = "scripts/release.lua";
    /// Keeps a snapshot.
    SNAPSHOT = "scripts/snapshot.lua";
}
