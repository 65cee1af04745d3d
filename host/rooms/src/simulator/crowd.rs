use std::str::FromStr;

use collabcanvas_canvas::{Operation, OrderKey, Patch, Props, Shape, ShapeId, ShapeType, UserId};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::trace::{Trace, TracedEdit};

/// People who are made up: they draw, drag, type and restyle, look for a while, and sometimes go away. The same seed
/// makes the same people, whatever the machine, as long as the library of random numbers is the same.
///
/// As text: `people=10,minutes=10,seed=1`; what is left out is 5 people, 10 minutes, seed 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crowd {
    /// How many edit at once; 1 to 100.
    pub people: u32,
    /// For how long; 1 to 600.
    pub minutes: u32,
    /// Which people.
    pub seed: u64,
}

impl Default for Crowd {
    fn default() -> Self {
        Self { people: 5, minutes: 10, seed: 1 }
    }
}

impl FromStr for Crowd {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut crowd = Self::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let unknown = || format!("{part:?} is not one of people=1…100, minutes=1…600, seed=N");
            let (name, value) = part.split_once('=').ok_or_else(unknown)?;
            let value: u64 = value.parse().map_err(|_| unknown())?;
            match (name, value) {
                ("people", 1..=100) => crowd.people = u32::try_from(value).map_err(|_| unknown())?,
                ("minutes", 1..=600) => crowd.minutes = u32::try_from(value).map_err(|_| unknown())?,
                ("seed", _) => crowd.seed = value,
                _ => return Err(unknown()),
            }
        }
        Ok(crowd)
    }
}

impl Crowd {
    /// What they do.
    pub fn trace(self) -> Trace {
        Trace::of((0..self.people).flat_map(|number| Dweller::new(self, number).live()).collect())
    }
}

/// How often a browser sends while something is dragged, in milliseconds: 30 Hz.
const DRAG_MS: u64 = 33;

/// One of them.
struct Dweller {
    random: StdRng,
    number: u32,
    user: UserId,
    now_ms: u64,
    end_ms: u64,
    made: Vec<Made>,
    edits: Vec<TracedEdit>,
}

/// A shape that is there.
struct Made {
    id: ShapeId,
    text: Option<String>,
    x: f64,
    y: f64,
}

impl Dweller {
    fn new(crowd: Crowd, number: u32) -> Self {
        let mut random = StdRng::seed_from_u64(crowd.seed.wrapping_mul(1_000_003).wrapping_add(number.into()));
        let now_ms = random.random_range(0..5_000);
        let user = UserId::parse(&format!("person{number}")).expect("a well-formed id");
        let end_ms = u64::from(crowd.minutes) * 60_000;
        Self { random, number, user, now_ms, end_ms, made: Vec::new(), edits: Vec::new() }
    }

    fn live(mut self) -> Vec<TracedEdit> {
        while self.now_ms < self.end_ms {
            match self.random.random_range(0..100) {
                _ if self.made.len() < 2 => self.draw(),
                0..20 => self.draw(),
                20..65 => self.drag(),
                65..85 => self.write(),
                85..95 => self.restyle(),
                _ => self.delete(),
            }
            self.now_ms += match self.random.random_range(0..100) {
                // Off to somewhere else.
                0..4 => self.random.random_range(30_000..120_000),
                4..20 => self.random.random_range(4_000..15_000),
                _ => self.random.random_range(300..3_000),
            };
        }
        self.edits.retain(|edit| edit.at_ms < self.end_ms);
        self.edits
    }

    fn send(&mut self, operation: Operation) {
        let (at_ms, user) = (self.now_ms, self.user.clone());
        self.edits.push(TracedEdit { at_ms, user, operations: vec![operation] });
    }

    fn draw(&mut self) {
        let id = ShapeId::parse(&format!("s{}-{}", self.number, self.edits.len())).expect("a well-formed id");
        let (x, y) = (self.random.random_range(0..4_000).into(), self.random.random_range(0..3_000).into());
        let is_text = self.random.random_range(0..3) == 0;
        let (shape_type, props) = match is_text {
            true => ("text/text", r#"{"text":""}"#),
            false => ("basic/rectangle", r##"{"fill":"#ffd43b","stroke_width":2}"##),
        };
        self.send(Operation::Put(Shape {
            id: id.clone(),
            shape_type: ShapeType::parse(shape_type).expect("a well-formed type"),
            parent: None,
            index: OrderKey::parse("V").expect("a well-formed key"),
            x,
            y,
            width: 160.0,
            height: 120.0,
            rotation: 0.0,
            opacity: 1.0,
            locked: false,
            props: Props::parse(props).expect("an object"),
            version: 1,
        }));
        self.made.push(Made { id, text: is_text.then(String::new), x, y });
    }

    /// The place of one of the shapes among those made.
    fn any(&mut self, wanted: impl Fn(&Made) -> bool) -> Option<usize> {
        let fitting: Vec<usize> = (0..self.made.len()).filter(|place| wanted(&self.made[*place])).collect();
        (!fitting.is_empty()).then(|| fitting[self.random.random_range(0..fitting.len())])
    }

    /// A second or two.
    fn drag(&mut self) {
        let Some(place) = self.any(|_| true) else { return };
        let (dx, dy) = (self.random.random_range(-9.0..9.0_f64), self.random.random_range(-9.0..9.0_f64));
        for _ in 0..self.random.random_range(30..60) {
            let made = &mut self.made[place];
            // To a hundredth of a unit, as browsers send it.
            (made.x, made.y) = (rounded(made.x + dx), rounded(made.y + dy));
            let patch = Patch { x: Some(made.x), y: Some(made.y), ..Patch::of(made.id.clone()) };
            self.send(Operation::Patch(patch));
            self.now_ms += DRAG_MS;
        }
    }

    /// A word or a line, a letter at a time.
    fn write(&mut self) {
        let Some(place) = self.any(|made| made.text.is_some()) else { return };
        for _ in 0..self.random.random_range(4..40) {
            let letter = char::from(self.random.random_range(b'a'..=b'z'));
            let made = &mut self.made[place];
            let text = made.text.get_or_insert_default();
            text.push(letter);
            let props = serde_json::json!({ "text": text }).to_string();
            self.patch_props(place, &props);
            self.now_ms += self.random.random_range(90..350);
        }
    }

    fn restyle(&mut self) {
        let Some(place) = self.any(|made| made.text.is_none()) else { return };
        let color = self.random.random_range(0..0xff_ff_ff);
        self.patch_props(place, &format!(r##"{{"fill":"#{color:06x}"}}"##));
    }

    fn patch_props(&mut self, place: usize, props: &str) {
        let props = Props::parse(props).expect("an object");
        let patch = Patch { props: Some(props), ..Patch::of(self.made[place].id.clone()) };
        self.send(Operation::Patch(patch));
    }

    fn delete(&mut self) {
        let Some(place) = self.any(|_| true) else { return };
        let made = self.made.remove(place);
        self.send(Operation::Delete(made.id));
    }
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_people() {
        let crowd = Crowd { people: 3, minutes: 2, seed: 7 };
        assert_eq!(crowd.trace(), crowd.trace());
        assert_ne!(crowd.trace(), Crowd { seed: 8, ..crowd }.trace());
        let trace = crowd.trace();
        assert!(trace.edits().len() > 500, "{} edits", trace.edits().len());
        assert_eq!(Trace::read(&trace.write()).unwrap(), trace);
    }

    #[test]
    fn a_crowd_is_read_from_words() {
        assert_eq!("people=3,seed=9".parse(), Ok(Crowd { people: 3, minutes: 10, seed: 9 }));
        assert_eq!("".parse(), Ok(Crowd::default()));
        for wrong in ["people", "people=0", "people=101", "folk=3", "seed=x"] {
            assert!(wrong.parse::<Crowd>().unwrap_err().contains("people=1…100"), "{wrong}");
        }
    }
}
