//! Shape types: `validate`, `render` and `migrate`, one call per plugin however many shapes (C1).

use std::collections::BTreeMap;

use collabcanvas_canvas::{Problem, Props, ShapeId, ShapeType};
use serde::{Deserialize, Serialize};

use super::{ProjectPlugins, Slot};
use crate::answers;
use crate::contract::display_list::{DisplayList, Size};
use crate::contract::imports::types;
use crate::contract::shapes::{
    Geometry, MigrateParams, MigrateResults, MigrationArgument, ReferredArgument, RenderResults, ShapeArgument,
    ShapesParams, ValidateResults,
};
use crate::faults::{FaultCause, PluginError};
use crate::limits::Call;
use crate::plugin::Shapes;

/// A shape to validate or draw.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShapeInput {
    /// Its shape type, `plugin/type`.
    #[serde(rename = "type")]
    pub shape_type: ShapeType,
    /// Width before rotation.
    pub width: f64,
    /// Height before rotation.
    pub height: f64,
    /// Its props: in `render` in normal form.
    pub props: Props,
    /// One entry for each id that the type's `references` name.
    #[serde(default)]
    pub references: Vec<ReferredShape>,
}

/// A shape's normal form, as its shape type answered it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NormalForm {
    /// Its props.
    pub props: Props,
    /// The size that follows from them; none: it stays as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
}

/// A shape that another one refers to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReferredShape {
    /// The prop that refers.
    pub prop: String,
    /// The id in that prop.
    pub id: ShapeId,
    /// Where that shape is, in local coordinates; none when it does not exist (any more).
    #[serde(default)]
    pub geometry: Option<Geometry>,
}

/// Props to be brought to the current version.
#[derive(Clone, Debug)]
pub struct MigrationInput {
    /// The shape type.
    pub shape_type: ShapeType,
    /// The version that wrote the props.
    pub from_version: u32,
    /// The props.
    pub props: Props,
}

/// What one plugin gave for its share of the input: an answer each, or one error for all.
type Shares<T> = Result<Vec<Result<T, Problem>>, PluginError>;

impl ProjectPlugins {
    /// Checks shapes and gives their normal form, in the order of the input, in one call per plugin.
    ///
    /// A plugin that is missing (`plugin-missing`), set aside (`plugin-quarantined`), failed (`plugin-failed`) or
    /// without a place (`plugin-unavailable`) gives that problem for its shapes and none of the others' (P3).
    pub async fn validate(&self, shapes: &[ShapeInput]) -> Vec<Result<NormalForm, Problem>> {
        let mut answers = Answers::of(shapes.iter().map(|shape| &shape.shape_type));
        for (plugin, places) in answers.by_plugin() {
            let share =
                self.validate_share(plugin, &places.iter().map(|place| &shapes[*place]).collect::<Vec<_>>()).await;
            answers.put(&places, share);
        }
        answers.done()
    }

    /// Draws shapes whose props are in normal form; answers as [`ProjectPlugins::validate`] does.
    pub async fn render(&self, shapes: &[ShapeInput]) -> Vec<Result<DisplayList, Problem>> {
        let mut answers = Answers::of(shapes.iter().map(|shape| &shape.shape_type));
        for (plugin, places) in answers.by_plugin() {
            let share =
                self.render_share(plugin, &places.iter().map(|place| &shapes[*place]).collect::<Vec<_>>()).await;
            answers.put(&places, share);
        }
        answers.done()
    }

    /// Brings props to the current version of their shape types; answers as [`ProjectPlugins::validate`] does.
    pub async fn migrate(&self, shapes: &[MigrationInput]) -> Vec<Result<Props, Problem>> {
        let mut answers = Answers::of(shapes.iter().map(|shape| &shape.shape_type));
        for (plugin, places) in answers.by_plugin() {
            let share =
                self.migrate_share(plugin, &places.iter().map(|place| &shapes[*place]).collect::<Vec<_>>()).await;
            answers.put(&places, share);
        }
        answers.done()
    }

    async fn validate_share(&self, plugin: &str, shapes: &[&ShapeInput]) -> Shares<NormalForm> {
        let (slot, functions) = self.shapes_of(plugin)?;
        let referred = referred(shapes);
        let arguments = arguments(shapes, &referred);
        let call = Call::Validate(shapes.len());
        let read = |(answer,): ValidateResults| {
            read_each(answer, shapes, |form, shape| answers::normal_form(form, &shape.props))
        };
        let parameters: ShapesParams<'_> = (&arguments,);
        self.call_resident(slot, &functions.validate, call, parameters, read).await
    }

    async fn render_share(&self, plugin: &str, shapes: &[&ShapeInput]) -> Shares<DisplayList> {
        let (slot, functions) = self.shapes_of(plugin)?;
        let referred = referred(shapes);
        let arguments = arguments(shapes, &referred);
        let call = Call::Render(shapes.len());
        let limits = self.runtime.limits();
        let read = |(answer,): RenderResults| read_each(answer, shapes, |list, _| answers::display_list(list, limits));
        let parameters: ShapesParams<'_> = (&arguments,);
        self.call_resident(slot, &functions.render, call, parameters, read).await
    }

    async fn migrate_share(&self, plugin: &str, shapes: &[&MigrationInput]) -> Shares<Props> {
        let (slot, functions) = self.shapes_of(plugin)?;
        let arguments: Vec<MigrationArgument<'_>> = shapes
            .iter()
            .map(|shape| MigrationArgument {
                type_name: shape.shape_type.name(),
                from_version: shape.from_version,
                props: shape.props.as_str(),
            })
            .collect();
        let call = Call::Migrate(shapes.len());
        let read =
            |(answer,): MigrateResults| read_each(answer, shapes, |text, shape| answers::props(text, &shape.props));
        let parameters: MigrateParams<'_> = (&arguments,);
        self.call_resident(slot, &functions.migrate, call, parameters, read).await
    }

    fn shapes_of(&self, plugin: &str) -> Result<(&Slot, &Shapes), PluginError> {
        let slot = self.slot(plugin)?;
        let unsupported = || PluginError::Unsupported { plugin: plugin.to_owned(), what: "shape types".into() };
        Ok((slot, slot.enabled.plugin.exports.shapes.as_ref().ok_or_else(unsupported)?))
    }
}

/// Reads the answers, one for each shape: a problem is an answer too, only what breaks the contract is not.
fn read_each<A, S, T>(
    answers: Vec<Result<A, types::Problem>>,
    shapes: &[S],
    read: impl Fn(A, &S) -> Result<T, FaultCause>,
) -> Result<Vec<Result<T, Problem>>, FaultCause> {
    answers::check_length(answers.len(), shapes.len())?;
    let one = |(answer, shape)| match answer {
        Ok(answer) => read(answer, shape).map(Ok),
        Err(problem) => Ok(Err(answers::problem(problem))),
    };
    answers.into_iter().zip(shapes).map(one).collect()
}

fn referred<'a>(shapes: &[&'a ShapeInput]) -> Vec<Vec<ReferredArgument<'a>>> {
    let one = |found: &'a ReferredShape| ReferredArgument {
        prop: &found.prop,
        id: found.id.as_str(),
        geometry: found.geometry.as_ref(),
    };
    shapes.iter().map(|shape| shape.references.iter().map(one).collect()).collect()
}

fn arguments<'a>(shapes: &[&'a ShapeInput], referred: &'a [Vec<ReferredArgument<'a>>]) -> Vec<ShapeArgument<'a>> {
    shapes
        .iter()
        .zip(referred)
        .map(|(shape, references)| ShapeArgument {
            type_name: shape.shape_type.name(),
            width: shape.width,
            height: shape.height,
            props: shape.props.as_str(),
            references,
        })
        .collect()
}

/// Answers of several plugins, brought into the order of the questions.
struct Answers<'a, T> {
    places: BTreeMap<&'a str, Vec<usize>>,
    answers: Vec<Option<Result<T, Problem>>>,
}

impl<'a, T> Answers<'a, T> {
    fn of(types: impl Iterator<Item = &'a ShapeType>) -> Self {
        let mut places = BTreeMap::<&str, Vec<usize>>::new();
        let mut count = 0;
        for (place, shape_type) in types.enumerate() {
            places.entry(shape_type.plugin()).or_default().push(place);
            count = place + 1;
        }
        Self { places, answers: std::iter::repeat_with(|| None).take(count).collect() }
    }

    /// Each plugin with the places of its shapes.
    fn by_plugin(&mut self) -> BTreeMap<&'a str, Vec<usize>> {
        std::mem::take(&mut self.places)
    }

    fn put(&mut self, places: &[usize], share: Shares<T>) {
        match share {
            Ok(answers) => {
                for (place, answer) in places.iter().zip(answers) {
                    self.answers[*place] = Some(answer);
                }
            }
            Err(error) => {
                let problem = Problem::from(error);
                for place in places {
                    self.answers[*place] = Some(Err(problem.clone()));
                }
            }
        }
    }

    fn done(self) -> Vec<Result<T, Problem>> {
        let answered = self.answers.into_iter();
        answered
            .map(|answer| answer.expect("every place belongs to one plugin, whose share has one answer for it"))
            .collect()
    }
}
