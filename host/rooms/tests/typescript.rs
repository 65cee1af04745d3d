//! The TypeScript of the wire is generated from the Rust types, and this test fails when the file in the tree is not
//! what they say. `UPDATE=1 cargo test -p collabcanvas-rooms --test typescript` writes it.

use std::any::TypeId;
use std::collections::{BTreeMap, HashSet};

use collabcanvas_plugins::{PluginState, ShapeTypeDescription};
use collabcanvas_rooms::protocol::{ClientMessage, PROTOCOL, ServerMessage};
use ts_rs::{Config, TS, TypeVisitor};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/src/sync/protocol.ts");

/// Collects the declarations of a type and of everything that it is made of.
struct Declarations {
    config: Config,
    seen: HashSet<TypeId>,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        // Types without a declaration of their own (numbers, lists) have no path either.
        if T::output_path().is_some() {
            let docs = T::docs().map(|docs| format!("{}\n", docs.trim_end())).unwrap_or_default();
            self.found.insert(T::ident(&self.config), format!("{docs}export {}\n", T::decl(&self.config)));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn generate() -> String {
    let config = Config::new().with_large_int("number");
    let mut declarations = Declarations { config, seen: HashSet::new(), found: BTreeMap::new() };
    declarations.visit::<ClientMessage>();
    declarations.visit::<ServerMessage>();
    declarations.visit::<ShapeTypeDescription>();
    declarations.visit::<PluginState>();
    let head = "// What goes over the wire. Generated from the Rust types: see host/rooms/tests/typescript.rs.\n";
    let version = format!("/** Version of this protocol. */\nexport const PROTOCOL = {PROTOCOL};\n");
    let parts: Vec<String> = declarations.found.into_values().collect();
    format!("{head}\n{version}\n{}", parts.join("\n"))
}

#[test]
fn the_typescript_of_the_wire_says_what_the_rust_types_say() {
    let generated = generate();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(FILE, &generated).unwrap();
    }
    let found = std::fs::read_to_string(FILE).unwrap_or_default().replace("\r\n", "\n");
    assert!(found == generated, "web/src/sync/protocol.ts is not up to date: run the test again with UPDATE=1");
}
