//! Exports a contract of the far future.

/// What such a contract might be.
pub mod future {
    #![allow(missing_docs)]

    wit_bindgen::generate!({
        inline: "
            package collabcanvas:plugin@9.9.9;
            interface shapes { describe: func() -> list<string>; }
            world shape-plugin { export shapes; }
        ",
    });
}

/// A shape plugin of that contract.
pub struct FromTheFuture;

impl future::exports::collabcanvas::plugin::shapes::Guest for FromTheFuture {
    fn describe() -> Vec<String> {
        vec!["hypercube".to_owned()]
    }
}

#[cfg(target_arch = "wasm32")]
future::export!(FromTheFuture with_types_in future);

collabcanvas_plugin::export_plugin! { name: "wrong-contract-version" }
