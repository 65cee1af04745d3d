//! What tests that cross parts have in common: a browser's side of the protocol ([`Replica`]), rooms with a real
//! store and real plugins in this process ([`World`]), a server in a process of its own ([`ServerProcess`]) and a
//! browser's socket to it ([`Socket`]); and somebody who draws in either ([`Person`]). [`costs`] derives what many hosts
//! cost from what was measured.

mod browser;
pub mod costs;
mod guarded;
pub mod http;
mod person;
mod replica;
mod server;
mod socket;
mod world;

pub use browser::{Browser, operation, settle};
pub use guarded::Guarded;
pub use person::{PATIENCE, Person, shape};
pub use replica::{Need, Replica};
pub use server::{ServerProcess, Surroundings};
pub use socket::Socket;
pub use world::{World, built_folder, guest_file, plugin_file};
