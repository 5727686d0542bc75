//! Which boxes of a form take an attribute.

use super::plan::{Filling, Mapped, Source, Step, Target};
use super::source::SourceAttribute;

/// The boxes and columns that are filled from an attribute or ask for it in a condition.
pub fn boxes_from(targets: &[Target], attribute: SourceAttribute) -> Vec<String> {
    let mut boxes = Vec::new();
    for target in targets {
        match &target.filling {
            Filling::Manual => {}
            Filling::Mapped(mapped) if takes(mapped, attribute) => boxes.push(target.key.to_string()),
            Filling::Mapped(_) => {}
            Filling::Rows { columns, .. } => {
                let columns = boxes_from(columns, attribute).into_iter();
                boxes.extend(columns.map(|column| format!("{}/{column}", target.key)));
            }
        }
    }
    boxes
}

/// The attribute of the dictionary that a source is.
pub fn attribute_of(source: &Source) -> Option<SourceAttribute> {
    let path = &*source.slot.path;
    match &source.step {
        Step::Register { attribute, .. } => Some(SourceAttribute::Register(*attribute)),
        // Of a person's card or age the role stands in front; `request.…` is a path of the dictionary as it is.
        _ => SourceAttribute::from_path(path)
            .or_else(|| path.split_once('.').and_then(|(_, path)| SourceAttribute::from_path(path))),
    }
}

fn takes(mapped: &Mapped, attribute: SourceAttribute) -> bool {
    mapped.conditions.iter().any(|condition| attribute == SourceAttribute::Register(condition.attribute))
        || mapped.sources.iter().any(|source| attribute_of(source) == Some(attribute))
}
