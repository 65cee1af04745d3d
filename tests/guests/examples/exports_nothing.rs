//! A component with a manifest that exports nothing that the contract knows.

/// An interface of its own.
pub mod own {
    #![allow(missing_docs)]

    wit_bindgen::generate!({
        inline: "
            package example:greeting@1.0.0;
            interface greeting { greet: func() -> string; }
            world greeter { export greeting; }
        ",
    });
}

/// What it has to offer.
pub struct Greeter;

impl own::exports::example::greeting::greeting::Guest for Greeter {
    fn greet() -> String {
        "good day".to_owned()
    }
}

#[cfg(target_arch = "wasm32")]
own::export!(Greeter with_types_in own);

collabcanvas_plugin::export_plugin! { name: "exports-nothing" }
