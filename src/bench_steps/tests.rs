use serde_json::{Value, json};

use super::*;
use crate::autofill::Offline;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_prepared_answer_is_the_one_that_the_desk_gives() {
    let steps = Steps::prepare(root()).expect("every step does what it is measured for");
    assert_eq!(BODY.len(), 145);
    let services = root().join("service-catalog");
    let catalog = catalog::load(&services, &root().join("schemas")).expect("the catalogue");
    let desk = Offline::new(catalog, catalog::load_people(&services.join("people")).expect("people")).expect("a desk");
    let body: Value = serde_json::from_str(BODY).expect("JSON");
    let Ok(mut told) = desk.answer(&body, TODAY) else { panic!("no answer") };
    let mut rendered: Value = serde_json::from_str(&steps.render()).expect("JSON");
    for answer in [&mut told, &mut rendered] {
        answer["request_id"] = Value::Null;
        // The desk of commands keeps nothing.
        answer["lookups"] = json!([]);
    }
    assert_eq!(told, rendered);
}

#[test]
fn a_form_is_compiled_alone_and_the_catalogue_as_a_whole_and_again() {
    let steps = CatalogSteps::prepare(root()).expect("the catalogue");
    assert!(steps.compile_one_form());
    assert!(steps.load() > 100);
    assert!(steps.reload_one_form() && steps.reload_one_form());
}
