//! `/control/faults` and `/control/styles`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use bytes::Bytes;
use serde_json::json;

use super::super::behaviours::Behaviour;
use super::super::reply_style::Style;
use super::super::state::Simulator;
use super::input::{self, Fields};
use super::rules::{FaultRule, Narrowing, Where};

/// More than any test needs, and a bound.
const MOST_CALLS: i64 = 1_000_000_000;

/// `POST /control/faults`: switches a fault on.
pub async fn add(simulator: Data<Simulator>, body: Bytes) -> HttpResponse {
    match input::body(&body, fault_rule) {
        Ok(rule) => HttpResponse::Created().json(json!({ "id": simulator.fault_rules.add(rule) })),
        Err(refusal) => refusal.answer(),
    }
}

/// `GET /control/faults`: what is switched on, with hits.
pub async fn list(simulator: Data<Simulator>) -> HttpResponse {
    HttpResponse::Ok().json(simulator.fault_rules.list())
}

/// `DELETE /control/faults`.
pub async fn clear(simulator: Data<Simulator>) -> HttpResponse {
    simulator.fault_rules.clear();
    HttpResponse::NoContent().finish()
}

/// `DELETE /control/faults/{id}`.
pub async fn remove(simulator: Data<Simulator>, id: Path<String>) -> HttpResponse {
    let Ok(id) = id.parse::<u64>() else {
        return input::refused("id", "The whole number that POST /control/faults has answered.");
    };
    if simulator.fault_rules.remove(id) {
        return HttpResponse::NoContent().finish();
    }
    let ids: Vec<u64> = simulator.fault_rules.list().iter().map(|listed| listed.id).collect();
    let message = format!("No fault has this id. There are: {ids:?}.");
    HttpResponse::NotFound().json(json!({ "errors": [{ "at": "id", "message": message }] }))
}

/// `POST /control/styles`: chooses how answers are worded, for a person (words over the person's own style) or for
/// everybody (words over the recorded style).
pub async fn add_style(simulator: Data<Simulator>, body: Bytes) -> HttpResponse {
    let read = |fields: &mut Fields<'_, '_>| {
        let words = fields.required("style", |fields| fields.text("style"));
        let (number, calls) = (fields.invented_number("number"), calls(fields));
        let style = match &number {
            Some(number) => simulator.own_style(number).with(words?),
            None => Style::parse(words?),
        };
        match style {
            Ok(style) => Some((style, Narrowing { number, path: None, calls })),
            Err(allowed) => {
                fields.report("style", &allowed);
                None
            }
        }
    };
    match input::body(&body, read) {
        Ok((style, narrowing)) => {
            HttpResponse::Created().json(json!({ "id": simulator.style_rules.add(style, narrowing) }))
        }
        Err(refusal) => refusal.answer(),
    }
}

/// `DELETE /control/styles`.
pub async fn clear_styles(simulator: Data<Simulator>) -> HttpResponse {
    simulator.style_rules.clear();
    HttpResponse::NoContent().finish()
}

fn fault_rule(fields: &mut Fields<'_, '_>) -> Option<FaultRule> {
    let behaviours: Vec<(&str, Behaviour)> =
        Behaviour::ALL.iter().map(|behaviour| (behaviour.name(), *behaviour)).collect();
    let behaviour = fields.required("fault", |fields| fields.word("fault", &behaviours));
    let parameter = fields.count::<u32>("parameter", 0..=i64::from(u32::MAX));
    let place = match fields.has("where") {
        true => fields.word("where", &Where::ALL.map(|place| (place.word(), place))),
        false => Some(Where::Data),
    };
    let number = fields.invented_number("number");
    let path = fields.has("path").then(|| fields.text("path")).flatten();
    let calls = calls(fields);
    if path.is_some_and(|path| !path.starts_with('/')) {
        fields.report("path", "An address of the simulator that starts with /, for example /direct/037.");
    }
    let (behaviour, place) = (behaviour?, place?);
    if !place.suits(behaviour) {
        let suited: Vec<&str> = Where::ALL.into_iter().filter(|p| p.suits(behaviour)).map(Where::word).collect();
        fields.report("where", &format!("For {}: {}.", behaviour.name(), suited.join(", ")));
    }
    if place == Where::Token && number.is_some() {
        fields.report("number", "Not with \"where\": \"token\": a token request names nobody.");
    }
    let fault = match behaviour.with(parameter) {
        Ok(fault) => fault,
        Err(allowed) => {
            fields.report("parameter", &allowed);
            return None;
        }
    };
    Some(FaultRule { fault, place, narrowing: Narrowing { number, path: path.map(str::to_owned), calls } })
}

fn calls(fields: &mut Fields<'_, '_>) -> Option<u64> {
    fields.count("calls", 1..=MOST_CALLS)
}
