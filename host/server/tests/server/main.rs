//! The server as browsers and programs see it: a real one on a free port, over real connections.

mod assets;
mod bad_input;
mod command;
mod hosts;
mod invitations;
mod live;
#[cfg(target_os = "linux")]
mod memory;
mod plugins;
mod projects;
mod roles;
mod signin;
mod support;
