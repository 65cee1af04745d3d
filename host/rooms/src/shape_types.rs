//! What the room itself has to know of the shape types of its project.

use collabcanvas_canvas::{ShapeId, ShapeType};
use collabcanvas_plugins::{ProjectPlugins, ShapeTypeDescription};
use rustc_hash::FxHashMap;

use collabcanvas_canvas::Shape;

/// The shape types of a project's plugins, by full name.
#[derive(Default)]
pub(crate) struct ShapeTypes(FxHashMap<ShapeType, Facts>);

struct Facts {
    /// Props that hold ids of other shapes.
    references: Vec<String>,
    /// The version of its props.
    version: u32,
}

impl ShapeTypes {
    pub fn of(plugins: &ProjectPlugins) -> Self {
        let types = plugins.enabled().flat_map(|enabled| &enabled.plugin.shape_types);
        let facts = |found: &ShapeTypeDescription| {
            (found.shape_type.clone(), Facts { references: found.references.clone(), version: found.version })
        };
        Self(types.map(facts).collect())
    }

    /// The current version of a type's props; none for a type that no plugin of the project defines.
    pub fn version(&self, shape_type: &ShapeType) -> Option<u32> {
        self.0.get(shape_type).map(|facts| facts.version)
    }

    /// Whether an earlier version of its type wrote the shape's props.
    pub fn is_old(&self, shape: &Shape) -> bool {
        self.version(&shape.shape_type).is_some_and(|version| shape.version < version)
    }

    /// The shapes that a shape refers to, each with the prop that does.
    pub fn references<'a>(&'a self, shape: &'a Shape) -> impl Iterator<Item = (&'a str, ShapeId)> {
        let props = self.0.get(&shape.shape_type).map(|facts| &facts.references[..]).unwrap_or_default();
        let ids = |prop: &'a String| {
            let ids = shape.props.strings(prop).into_iter().filter_map(|id| ShapeId::parse(&id).ok());
            ids.map(|id| (prop.as_str(), id))
        };
        props.iter().flat_map(ids)
    }
}
